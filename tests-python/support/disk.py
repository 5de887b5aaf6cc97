"""A disk of the tests' own: ext4 in a file. It forgets what was not synced, it fills up, it fails."""
import os
import pathlib
import subprocess
import unittest


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(str(word) for word in words)}: {done.stderr.strip()}")


class Disk:
    """Mounted at a folder until `close`. Needs root and loop devices; without them the test is skipped."""

    def __init__(self, folder, mebibytes):
        self.folder = pathlib.Path(folder)
        self.image = self.folder.with_name(self.folder.name + ".ext4")
        with open(self.image, "wb") as image:
            image.truncate(mebibytes << 20)
        try:
            run("mkfs.ext4", "-q", "-m", "0", self.image)
            self.mount()
        except OSError as error:
            raise unittest.SkipTest(f"no disk of the test's own: {error}") from error

    def mount(self):
        # Nothing is written back by time alone, nor because programs forget to ask for it.
        run("mount", "-o", "loop,commit=600,noauto_da_alloc", self.image, self.folder)
        self.folder.chmod(0o700)

    def close(self):
        if os.path.ismount(self.folder):
            run("umount", self.folder)
        self.image.unlink(missing_ok=True)

    def cut(self, appliance):
        """The power goes: what the disk held at this moment is what comes back, after the file system's repair."""
        appliance.freeze()
        after = self.image.with_suffix(".after")
        run("cp", "--sparse=always", self.image, after)
        appliance.kill()
        run("umount", self.folder)
        after.replace(self.image)
        self.mount()

    def fill(self):
        """Takes all the room that is left; returns the file that has it."""
        path = self.folder / "filler"
        piece, taken = self.image.stat().st_size, 0
        with open(path, "wb") as filler:
            while piece >= 4096:
                try:
                    os.posix_fallocate(filler.fileno(), taken, piece)
                    taken += piece
                except OSError:
                    piece //= 2
        return path

    def fail(self):
        """As after an error of the device: from now on the file system takes no writes."""
        run("mount", "-o", "remount,abort", self.folder)

    def repair(self):
        run("umount", self.folder)
        # 1: errors were corrected.
        subprocess.run(["e2fsck", "-p", self.image], capture_output=True, check=False)
        self.mount()
