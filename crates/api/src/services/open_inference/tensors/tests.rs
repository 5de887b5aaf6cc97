use super::*;

fn request(shape: Vec<i64>, typed: &[&str], raw: &[&[u8]]) -> oip::ModelInferRequest {
    let contents = (!typed.is_empty()).then(|| oip::InferTensorContents {
        bytes_contents: typed.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect(),
        ..oip::InferTensorContents::default()
    });
    let input = InferInputTensor {
        name: "text".to_owned(),
        datatype: "BYTES".to_owned(),
        shape,
        contents,
        ..InferInputTensor::default()
    };
    oip::ModelInferRequest {
        inputs: vec![input],
        raw_input_contents: raw.iter().map(|bytes| Bytes::copy_from_slice(bytes)).collect(),
        ..oip::ModelInferRequest::default()
    }
}

fn texts_of(mut question: oip::ModelInferRequest) -> Result<Vec<String>, String> {
    let mut inputs = Inputs::read(&mut question).map_err(|failure| failure.to_string())?;
    inputs.take("text").map_err(|failure| failure.to_string())
}

#[test]
fn typed_and_raw_contents_say_the_same() {
    let typed = texts_of(request(vec![2], &["Antrag", "ä"], &[]));
    let raw = b"\x06\0\0\0Antrag\x02\0\0\0\xc3\xa4";
    assert_eq!(texts_of(request(vec![2, 1], &[], &[raw])), typed);
    assert_eq!(typed, Ok(vec!["Antrag".to_owned(), "ä".to_owned()]));
}

#[test]
fn what_does_not_agree_is_refused() {
    let short = b"\x06\0\0\0Antr";
    let long = b"\x01\0\0\0AB";
    let huge = b"\xff\xff\xff\xffA";
    for question in [
        request(vec![2], &["one"], &[]),
        request(vec![1], &[], &[short]),
        request(vec![1], &[], &[long]),
        request(vec![1], &[], &[huge]),
        request(vec![-1], &["one"], &[]),
        request(vec![1, 2], &["one", "two"], &[]),
        request(vec![i64::MAX], &[], &[b"\0\0\0\0"]),
        request(vec![1], &["one"], &[b"\0\0\0\0"]),
        request(vec![1], &[], &[b"\x01\0\0\0\xff"]),
        request(vec![1], &["one"], &[b"\x01\0\0\0A", b"\x01\0\0\0A"]),
    ] {
        assert!(texts_of(question.clone()).is_err(), "{question:?}");
    }
}

#[test]
fn one_request_has_one_query() {
    let same = vec!["Gebühr".to_owned(), "Gebühr".to_owned()];
    assert_eq!(one_query(same).ok(), Some("Gebühr".to_owned()));
    assert!(one_query(vec!["Gebühr".to_owned(), "Frist".to_owned()]).is_err());
    assert!(one_query(vec![" ".to_owned()]).is_err());
    assert!(one_query(vec![]).is_err());
}
