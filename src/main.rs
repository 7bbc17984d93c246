fn main() -> std::process::ExitCode {
    seuil::cli::main()
}
