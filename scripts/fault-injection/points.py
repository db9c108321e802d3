"""The faults that are injected, and what may come of each."""

import errno
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A call that goes wrong in a certain way.

    `must` is "fail" where success would be a lie, "succeed" where the fault is no reason to give up, and "either" where
    the program may do without the call. Either way success means the right bytes, and failure the old ones.
    """

    call: str
    action: str
    must: str
    is_lasting: bool = False

    @property
    def label(self):
        names = {"short": "short", "nothing": "nothing moved", "-9": "SIGKILL", "-15": "SIGTERM", "-2": "SIGINT"}
        name = names.get(self.action) or errno.errorcode[int(self.action)]
        return f"{self.call}, {name}" + (" from then on" if self.is_lasting else "")

    @property
    def reason(self):
        """The words of the operating system that the message must have; None where there are none."""
        return os.strerror(int(self.action)) if self.action.isdigit() else None

    def setting(self, number):
        return f"{self.call}:{number}{'+' if self.is_lasting else ''}:{self.action}"


def faults(call, must, *codes):
    return [Fault(call, str(code), must) for code in codes]


ERRORS = [
    *faults("open", "either", errno.EACCES, errno.EMFILE, errno.EIO),
    *faults("open", "succeed", errno.EINTR),
    *faults("opendir", "either", errno.EACCES, errno.EMFILE),
    *faults("stat", "either", errno.EIO, errno.EACCES),
    *faults("read", "either", errno.EIO),
    *faults("read", "succeed", errno.EINTR, "short"),
    *faults("write", "fail", errno.EIO, errno.ENOSPC),
    *faults("write", "succeed", errno.EINTR, "short"),
    *faults("pwrite", "fail", errno.EIO, errno.ENOSPC, "nothing"),
    Fault("pwrite", str(errno.ENOSPC), "fail", is_lasting=True),
    *faults("pwrite", "succeed", errno.EINTR, "short"),
    *faults("copy", "either", errno.EIO, errno.ENOSPC, errno.EXDEV, errno.ENOSYS, "nothing"),
    *faults("copy", "succeed", errno.EINTR, "short"),
    *faults("fsync", "fail", errno.EIO, errno.ENOSPC),
    *faults("fsync", "succeed", errno.EINTR),
    *faults("fallocate", "fail", errno.ENOSPC),
    *faults("fallocate", "succeed", errno.EOPNOTSUPP, errno.EINVAL, errno.EINTR),
    *faults("ftruncate", "fail", errno.EIO),
    *faults("ftruncate", "succeed", errno.EINTR),
    *faults("rename", "either", errno.EIO, errno.ENOSPC, errno.EACCES),
    *faults("link", "either", errno.EPERM, errno.EIO, errno.EMLINK),
    *faults("unlink", "either", errno.EACCES, errno.EIO),
    *faults("close", "either", errno.EIO, errno.ENOSPC, errno.EINTR),
    *faults("mmap", "either", errno.ENOMEM, errno.ENODEV),
    *faults("mkdir", "either", errno.EACCES, errno.ENOSPC),
    *faults("flock", "either", errno.ENOLCK),
    *faults("flock", "succeed", errno.EINTR),
    *faults("chmod", "either", errno.EPERM),
    *faults("thread", "succeed", errno.EAGAIN),
]
SIGNALS = [Fault("any", "-9", "either"), Fault("any", "-15", "either"), Fault("any", "-2", "either")]
ALLOCATION = Fault("malloc", str(errno.ENOMEM), "either")
# Smaller requests are the language's own objects, at any of which the process ends in the same way.
ALLOCATION_MINIMUM = 4096
