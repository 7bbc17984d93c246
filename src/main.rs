/// A request makes some forty small pieces of memory and gives them back: the system's allocator
/// took an eighth of all samples of a server under load.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    seuil::cli::main()
}
