//! The contract as generated from `proto/`. Nothing but this crate sees these types.

#![expect(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated code; the contract's own comments document it"
)]

use std::collections::HashSet;
use std::sync::OnceLock;

use prost::Message;

tonic::include_proto!("amtshilfe.v1");

/// The Open Inference Protocol.
pub mod oip {
    tonic::include_proto!("inference");
}

/// The contract's descriptors, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Every method of the contract and of the Open Inference Protocol, as "amtshilfe.v1.DecreeService/Search".
pub(crate) fn methods() -> &'static HashSet<String> {
    static METHODS: OnceLock<HashSet<String>> = OnceLock::new();
    METHODS.get_or_init(|| {
        let files = prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap_or_default().file;
        let named = files.iter().flat_map(|file| {
            file.service.iter().flat_map(|service| {
                let service_name = format!("{}.{}", file.package(), service.name());
                service.method.iter().map(move |method| format!("{service_name}/{}", method.name()))
            })
        });
        named.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::methods;

    #[test]
    fn the_methods_are_those_of_the_contract() {
        assert_eq!(methods().len(), 44);
        assert!(methods().contains("amtshilfe.v1.DecreeService/Search"));
    }
}
