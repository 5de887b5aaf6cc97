"""Compiles the contract with the official compiler and gives out its messages and stubs."""
import importlib
import pathlib
import sys

import grpc_tools
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

NAMES = ("common", "decrees", "documents", "inference", "audit", "jobs", "uploads")


class Contract:
    """`contract.documents.ClassifyRequest(...)`, `contract.documents_grpc.DocumentServiceStub(...)`."""

    def __init__(self, proto_root, out):
        root = pathlib.Path(proto_root).resolve()
        self.root, self.out = root, pathlib.Path(out)
        files = sorted(str(path) for path in root.glob("amtshilfe/v1/*.proto"))
        if not files:
            sys.exit(f"no contract below {root}")
        well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
        arguments = ["protoc", f"-I{root}", f"-I{well_known}", f"--python_out={out}", f"--grpc_python_out={out}"]
        if protoc.main(arguments + files):
            sys.exit("the contract does not compile")
        sys.path.insert(0, str(out))
        for name in NAMES:
            setattr(self, name, importlib.import_module(f"amtshilfe.v1.{name}_pb2"))
            setattr(self, f"{name}_grpc", importlib.import_module(f"amtshilfe.v1.{name}_pb2_grpc"))

    def described(self, name):
        """What a .proto file declares, without making its messages: foreign clients may bring the same ones."""
        target = self.out / "described.bin"
        if protoc.main(["protoc", f"-I{self.root}", f"--descriptor_set_out={target}", name]):
            raise AssertionError(f"{name} does not compile")
        return descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file[0]

    @property
    def office(self):
        return self.common.MODE_OFFICE

    @property
    def applicant(self):
        return self.common.MODE_APPLICANT
