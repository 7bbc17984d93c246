/// Tiles of all sizes come and go for months. Measured against the system's allocator: half the
/// memory beyond the cache's own bytes, and less time on each request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    seuil::cli::main()
}
