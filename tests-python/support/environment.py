"""What one run is about: the binary, the contract, the samples, a folder that goes away at the end."""
import pathlib
import tempfile

from support.contract import Contract

HERE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = HERE / "fixtures"


class Environment:
    """Set once by run.py, before the tests are loaded."""

    binary = None
    contract = None
    samples = None
    folder = None
    # Imports that are killed.
    power_cuts = 10
    # How often the power goes under load.
    rounds = 2

    @classmethod
    def prepare(cls, binary, proto, samples):
        # Kept as an attribute: the folder goes away with it.
        cls._temporary = tempfile.TemporaryDirectory(prefix="amtshilfe-e2e-")
        cls.folder = pathlib.Path(cls._temporary.name)
        cls.binary = pathlib.Path(binary).resolve()
        cls.samples = pathlib.Path(samples).resolve()
        compiled = cls.folder / "contract"
        compiled.mkdir()
        cls.contract = Contract(proto, compiled)

    @classmethod
    def clean_up(cls):
        cls._temporary.cleanup()


def contract():
    return Environment.contract


def sample(name):
    """The bytes of a sample."""
    return (Environment.samples / name).read_bytes()


def source_file(path, filename=None):
    """A file as a department would send it: text as text, everything else as bytes."""
    path = pathlib.Path(path)
    content = {"text": path.read_text(encoding="utf-8")} if path.suffix == ".txt" else {"data": path.read_bytes()}
    return {"filename": filename or path.name, **content}
