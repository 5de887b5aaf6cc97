//! One file for each service of the contract, and one for the Open Inference Protocol.

mod answer;
mod audit;
mod bundle;
mod citations;
mod classify_stream;
mod correct;
mod decisions;
mod decrees;
pub(crate) mod documents;
mod import;
mod inference;
mod jobs;
mod open_inference;
mod uploads;

use tonic::service::Routes;

use crate::State;
use crate::proto::audit_service_server::AuditServiceServer;
use crate::proto::decree_service_server::DecreeServiceServer;
use crate::proto::document_service_server::DocumentServiceServer;
use crate::proto::inference_service_server::InferenceServiceServer;
use crate::proto::job_service_server::JobServiceServer;
use crate::proto::oip::grpc_inference_service_server::GrpcInferenceServiceServer;
use crate::proto::upload_service_server::UploadServiceServer;

/// Every service of the contract, with the stated message sizes.
pub(crate) fn routes(state: State) -> Routes {
    let request = state.limits.request_bytes_max;
    let answer = state.limits.answer_bytes_max;
    let audit = AuditServiceServer::new(audit::Service { state: state.clone() })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    let decrees = DecreeServiceServer::new(decrees::Service { state: state.clone() })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    let documents = DocumentServiceServer::new(documents::Service { state: state.clone() })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    let inference = InferenceServiceServer::new(inference::Service { state: state.clone() })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    let jobs = JobServiceServer::new(jobs::Service { state: state.clone() })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    let open_inference =
        GrpcInferenceServiceServer::new(open_inference::Service::new(state.clone()))
            .max_decoding_message_size(request)
            .max_encoding_message_size(answer);
    let uploads = UploadServiceServer::new(uploads::Service { state })
        .max_decoding_message_size(request)
        .max_encoding_message_size(answer);
    Routes::new(audit)
        .add_service(decrees)
        .add_service(documents)
        .add_service(inference)
        .add_service(jobs)
        .add_service(open_inference)
        .add_service(uploads)
}
