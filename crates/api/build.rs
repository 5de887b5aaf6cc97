//! Compiles the public contract with a pure-Rust protobuf compiler, so that building needs no protoc.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let names = ["audit", "common", "decrees", "documents", "inference", "jobs", "uploads"];
    let files: Vec<PathBuf> =
        names.iter().map(|name| root.join(format!("amtshilfe/v1/{name}.proto"))).collect();
    let protocol = root.join("inference/open_inference.proto");
    let files: Vec<PathBuf> = files.into_iter().chain([protocol]).collect();
    let descriptors = protox::compile(&files, [&root])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("descriptors.bin"), prost_encode(&descriptors))?;
    // Maps in order, so that the same request has the same bytes.
    tonic_prost_build::configure().bytes(".").btree_map(".").compile_fds(descriptors)?;
    Ok(())
}

fn prost_encode(descriptors: &impl prost::Message) -> Vec<u8> {
    descriptors.encode_to_vec()
}
