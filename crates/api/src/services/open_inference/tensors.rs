//! Texts out of request tensors, numbers into response tensors.
//!
//! A BYTES tensor comes typed (`contents.bytes_contents`) or raw: every element is preceded by its
//! length, four bytes little endian. All inputs of a request come the same way.

use bytes::{Buf, Bytes};
use inference::Task;

use crate::failure::Failure;
use crate::proto::oip;
use oip::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use oip::model_infer_response::InferOutputTensor;

/// The inputs of a request that have not been taken yet.
#[derive(Debug)]
pub(super) struct Inputs {
    inputs: Vec<(String, Vec<String>)>,
}

impl Inputs {
    pub(super) fn read(question: &mut oip::ModelInferRequest) -> Result<Self, Failure> {
        let raw = std::mem::take(&mut question.raw_input_contents);
        let inputs = std::mem::take(&mut question.inputs);
        if !raw.is_empty() && raw.len() != inputs.len() {
            let text = format!("{} raw contents for {} inputs", raw.len(), inputs.len());
            return Err(Failure::invalid("raw_input_contents", &text));
        }
        let mut raw = raw.into_iter();
        let inputs = inputs.into_iter().map(|input| texts(input, raw.next()));
        Ok(Self { inputs: inputs.collect::<Result<_, _>>()? })
    }

    pub(super) fn take(&mut self, name: &str) -> Result<Vec<String>, Failure> {
        let place = self.inputs.iter().position(|(known, _)| known == name);
        let place = place.ok_or_else(|| {
            Failure::invalid("inputs", &format!("the input \"{name}\" is missing"))
        })?;
        Ok(self.inputs.remove(place).1)
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.inputs.first() {
            None => Ok(()),
            Some(_) => Err(Failure::invalid("inputs", "an input that the model does not have")),
        }
    }
}

fn texts(input: InferInputTensor, raw: Option<Bytes>) -> Result<(String, Vec<String>), Failure> {
    let refuse = |text: &str| Failure::invalid("inputs", text);
    if input.datatype != "BYTES" {
        return Err(refuse("the datatype must be BYTES"));
    }
    let rows = match input.shape.as_slice() {
        [rows] | [rows, 1] => usize::try_from(*rows).ok(),
        _ => None,
    };
    let rows = rows.ok_or_else(|| refuse("the shape must be [N] or [N, 1]"))?;
    let elements = match (raw, input.contents) {
        (Some(_), Some(_)) => return Err(refuse("contents must be empty beside raw contents")),
        (Some(raw), None) => split(raw, rows)?,
        (None, Some(contents)) => contents.bytes_contents,
        (None, None) => Vec::new(),
    };
    if elements.len() != rows {
        return Err(refuse(&format!("shape says {rows} texts, {} were sent", elements.len())));
    }
    let text = |element: Bytes| String::from_utf8(element.into());
    let texts = elements.into_iter().map(text).collect::<Result<_, _>>();
    Ok((input.name, texts.map_err(|_| refuse("a text is not UTF-8"))?))
}

fn split(mut raw: Bytes, rows: usize) -> Result<Vec<Bytes>, Failure> {
    let mut elements = Vec::new();
    while elements.len() < rows && raw.len() >= 4 {
        let length = usize::try_from(raw.get_u32_le()).unwrap_or(usize::MAX);
        if length > raw.len() {
            break;
        }
        elements.push(raw.split_to(length));
    }
    if raw.is_empty() && elements.len() == rows {
        Ok(elements)
    } else {
        let text = "lengths and bytes do not agree with each other or with the shape";
        Err(Failure::invalid("raw_input_contents", text))
    }
}

/// The query of a reranker: the same one in every row, or a single one.
pub(super) fn one_query(queries: Vec<String>) -> Result<String, Failure> {
    let mut queries = queries.into_iter();
    let first = queries.next().filter(|query| !query.trim().is_empty());
    let first = first.ok_or_else(|| Failure::invalid("inputs", "an empty query ranks nothing"))?;
    if queries.any(|query| query != first) {
        return Err(Failure::invalid("inputs", "one request has one query"));
    }
    Ok(first)
}

/// The name of a task's output.
pub(super) fn output(task: Task) -> &'static str {
    match task {
        Task::Embed => "embedding",
        Task::Classify => "scores",
        Task::Rerank => "score",
    }
}

pub(super) fn check_outputs(
    asked: &[InferRequestedOutputTensor],
    output: &str,
) -> Result<(), Failure> {
    if asked.iter().any(|asked| asked.name != output) {
        let text = format!("the model's output is \"{output}\"");
        return Err(Failure::invalid("outputs", &text));
    }
    let unmet = |name: &str| matches!(name, "classification" | "shared_memory_region");
    if asked.iter().any(|asked| asked.parameters.keys().any(|name| unmet(name))) {
        let text = "neither classification nor shared memory is built";
        return Err(Failure::invalid("outputs", text));
    }
    Ok(())
}

pub(super) fn described(name: &str, rows: usize, columns: usize) -> InferOutputTensor {
    let size = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    InferOutputTensor {
        name: name.to_owned(),
        datatype: "FP32".to_owned(),
        shape: vec![size(rows), size(columns)],
        ..InferOutputTensor::default()
    }
}

/// Texts that an answer is about.
pub(super) fn rows(answer: &oip::ModelInferResponse) -> usize {
    let rows = answer.outputs.first().and_then(|output| output.shape.first());
    rows.and_then(|rows| usize::try_from(*rows).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
