"""The Open Inference Protocol, spoken by Triton's own client, unmodified."""
import unittest

import numpy
import tritonclient.grpc as triton
from google.protobuf import descriptor_pb2
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from support.appliance import Appliance, records, size
from support.environment import contract

EMBEDDER = "recht-static-512"
CLASSIFIER = "papers-linear"
SERVICE = "inference.GRPCInferenceService"
TEXTS = ["Antrag auf Verlängerung der Aufenthaltserlaubnis", "Meldebescheinigung", "Gebühr für die Ausstellung"]


def client_of(department):
    folder = department.folder
    return triton.InferenceServerClient(
        department.server, ssl=True, root_certificates=str(folder / "ca.pem"),
        private_key=str(folder / "key.pem"), certificate_chain=str(folder / "cert.pem"))


def tensor(texts, name="text", shape=None):
    data = numpy.array([text.encode() for text in texts], dtype=object).reshape(shape or [len(texts), 1])
    made = triton.InferInput(name, list(data.shape), "BYTES")
    made.set_data_from_numpy(data)
    return made


class OpenInference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("fachverfahren")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.client = client_of(cls.department)
        cls.addClassCleanup(cls.client.close)

    def native(self, texts, **fields):
        request = contract().inference.EmbedRequest(texts=texts, **fields)
        answer = self.department.inference.Embed(request, timeout=30)
        return numpy.frombuffer(answer.vectors, "<f4").reshape(len(texts), answer.dimensions)

    def refused(self, code, call, *arguments, **fields):
        with self.assertRaises(InferenceServerException) as caught:
            call(*arguments, **fields)
        self.assertEqual(caught.exception.status(), f"StatusCode.{code}")
        return caught.exception.message()

    def test_liveness_and_readiness(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready(EMBEDDER))
        self.assertTrue(self.client.is_model_ready(EMBEDDER, "1"))
        self.refused("NOT_FOUND", self.client.is_model_ready, "nobody")
        self.refused("NOT_FOUND", self.client.is_model_ready, EMBEDDER, "2")

    def test_models_describe_themselves(self):
        server = self.client.get_server_metadata()
        self.assertEqual(server.name, "amtshilfe")
        self.assertIn("statistics", server.extensions)
        metadata = self.client.get_model_metadata(EMBEDDER)
        self.assertEqual([(t.name, t.datatype, list(t.shape)) for t in metadata.inputs], [("text", "BYTES", [-1, 1])])
        self.assertEqual([(t.name, t.datatype, list(t.shape)) for t in metadata.outputs], [("embedding", "FP32", [-1, 512])])
        config = self.client.get_model_config(CLASSIFIER).config
        self.assertGreater(config.max_batch_size, 1)
        labels = config.parameters["labels"].string_value.split("\n")
        self.assertEqual(list(config.output[0].dims), [len(labels)])
        self.assertIn("passport", labels)
        index = {model.name: model.state for model in self.client.get_model_repository_index().models}
        self.assertEqual(index[EMBEDDER], "READY")
        self.assertEqual(index[CLASSIFIER], "READY")

    def test_vectors_are_those_of_the_native_contract(self):
        answer = self.client.infer(EMBEDDER, [tensor(TEXTS)], request_id="a7")
        self.assertTrue((answer.as_numpy("embedding") == self.native(TEXTS)).all())
        self.assertEqual(answer.get_response().id, "a7")
        flat = self.client.infer(EMBEDDER, [tensor(TEXTS, shape=[3])], outputs=[triton.InferRequestedOutput("embedding")])
        self.assertTrue((flat.as_numpy("embedding") == self.native(TEXTS)).all())
        asked = self.client.infer(EMBEDDER, [tensor(TEXTS)], parameters={"purpose": "query"}, priority=2)
        query = self.native(TEXTS, purpose=contract().inference.EmbedRequest.PURPOSE_QUERY)
        self.assertTrue((asked.as_numpy("embedding") == query).all())

    def test_typed_contents_are_read_as_raw_ones(self):
        request = service_pb2.ModelInferRequest(model_name=EMBEDDER)
        one = request.inputs.add(name="text", datatype="BYTES", shape=[3])
        one.contents.bytes_contents.extend(text.encode() for text in TEXTS)
        answer = service_pb2_grpc.GRPCInferenceServiceStub(self.department.channel).ModelInfer(request, timeout=30)
        vectors = numpy.frombuffer(answer.raw_output_contents[0], "<f4").reshape(3, -1)
        self.assertTrue((vectors == self.native(TEXTS)).all())

    def test_scores_have_a_label_each(self):
        answer = self.client.infer(CLASSIFIER, [tensor(["Mietvertrag über Wohnraum zwischen Vermieter und Mieter"])])
        scores = answer.as_numpy("scores")
        labels = self.client.get_model_config(CLASSIFIER).config.parameters["labels"].string_value.split("\n")
        self.assertEqual(scores.shape, (1, len(labels)))
        self.assertEqual(labels[int(scores.argmax())], "rental_contract")

    def test_an_answer_has_its_record(self):
        answer = self.client.infer(EMBEDDER, [tensor(TEXTS)]).get_response()
        place = answer.parameters["audit_index"].uint64_param
        record = records(self.auditor, first=place)[0]
        self.assertEqual((record.index, record.method, record.outcome), (place, f"{SERVICE}/ModelInfer", "OK"))
        self.assertEqual(record.department, "fachverfahren")
        self.assertEqual(record.facts["texts"], "3")
        self.assertEqual([model.digest for model in record.models], [answer.parameters["model_digest"].string_param])

    def test_what_is_wrong_is_refused_precisely(self):
        infer = self.client.infer
        self.refused("NOT_FOUND", infer, "nobody", [tensor(TEXTS)])
        self.assertIn("text", self.refused("INVALID_ARGUMENT", infer, EMBEDDER, [tensor(TEXTS, name="texts")]))
        self.assertIn("shape", self.refused("INVALID_ARGUMENT", infer, EMBEDDER, [tensor(TEXTS + ["x"], shape=[2, 2])]))
        self.assertIn("embedding", self.refused(
            "INVALID_ARGUMENT", infer, EMBEDDER, [tensor(TEXTS)], outputs=[triton.InferRequestedOutput("scores")]))
        self.refused("INVALID_ARGUMENT", infer, EMBEDDER, [tensor(TEXTS)],
                     outputs=[triton.InferRequestedOutput("embedding", class_count=3)])
        self.refused("INVALID_ARGUMENT", infer, EMBEDDER, [tensor(TEXTS)], parameters={"purpose": "fun"})
        self.refused("INVALID_ARGUMENT", infer, EMBEDDER, [tensor(["x"] * 5000)])

    def test_a_timeout_in_microseconds(self):
        self.refused("DEADLINE_EXCEEDED", self.client.infer, EMBEDDER, [tensor(["Antrag " * 2000] * 500)], timeout=1)

    def test_roles_and_records_apply_here_too(self):
        first = size(self.auditor)
        stranger = client_of(self.auditor)
        self.addCleanup(stranger.close)
        self.refused("PERMISSION_DENIED", stranger.infer, EMBEDDER, [tensor(TEXTS)])
        found = records(self.auditor, first=first, method=f"{SERVICE}/ModelInfer")
        self.assertEqual([record.outcome for record in found], ["PERMISSION_DENIED"])

    def test_methods_that_are_not_built(self):
        self.refused("UNIMPLEMENTED", self.client.load_model, EMBEDDER)

    def test_statistics_count(self):
        def counted():
            return self.client.get_inference_statistics(EMBEDDER).model_stats[0]

        before = counted()
        self.client.infer(EMBEDDER, [tensor(TEXTS)])
        self.refused("INVALID_ARGUMENT", self.client.infer, EMBEDDER, [tensor(TEXTS, name="texts")])
        after = counted()
        self.assertEqual(after.inference_count - before.inference_count, 3)
        self.assertEqual(after.inference_stats.success.count - before.inference_stats.success.count, 1)
        self.assertEqual(after.inference_stats.fail.count - before.inference_stats.fail.count, 1)
        # perf_analyzer insists on it.
        steps = (after.inference_stats.compute_input, after.inference_stats.compute_infer, after.inference_stats.compute_output)
        self.assertEqual({step.count for step in steps}, {after.inference_stats.success.count})
        self.assertGreater(after.inference_stats.success.ns, before.inference_stats.success.ns)
        names = {model.name for model in self.client.get_inference_statistics().model_stats}
        self.assertLessEqual({EMBEDDER, CLASSIFIER}, names)


class Protocol(unittest.TestCase):
    def test_names_and_numbers_are_those_of_the_client(self):
        theirs = {}
        for module in (service_pb2, model_config_pb2):
            described = descriptor_pb2.FileDescriptorProto()
            module.DESCRIPTOR.CopyToProto(described)
            theirs.update({message.name: message for message in described.message_type})
        ours = contract().described("inference/open_inference.proto")

        def check(mine, other, path):
            known = {(field.name, field.number, field.type) for field in other.field}
            for field in mine.field:
                self.assertIn((field.name, field.number, field.type), known, path)
            nested = {message.name: message for message in other.nested_type}
            for message in mine.nested_type:
                check(message, nested[message.name], f"{path}.{message.name}")

        for message in ours.message_type:
            check(message, theirs[message.name], message.name)
        methods = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods_by_name
        self.assertEqual([method.name for method in ours.service[0].method if method.name not in methods], [])


if __name__ == "__main__":
    unittest.main()
