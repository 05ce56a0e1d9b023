"""The system calls that the sandbox refuses, and why: a seccomp filter, assembled here, for bubblewrap to load.

Namespaces and limits hold what they know of. They do not know the kernel's keyrings, a socket to the host of a virtual
machine, or memory that belongs to no process. What would reach past them is refused by its number. All else runs.
"""

import struct

# By the machine's name: how the kernel names its calls' convention (AUDIT_ARCH_…), and which column below is its own.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

KEYS = "keyrings are shared with the whole machine: tickets, passwords and disks' keys of whoever grades"
HIDDEN = "memory that is in no process's account"
OTHERS = "reads and changes other processes, the sandbox's own included"
KERNEL = "large parts of the kernel that no answer needs, often broken into; they hold memory as well"
MOUNTS = "another view of the file system"
NAMESPACES = "inside a namespace of its own a program is root again"

# name: (number on x86_64, on aarch64, why). None: this machine has no such call.
REFUSED = {
    "add_key": (248, 217, KEYS),
    "request_key": (249, 218, KEYS),
    "keyctl": (250, 219, KEYS),
    "memfd_create": (319, 279, HIDDEN),
    "memfd_secret": (447, 447, HIDDEN),
    "shmget": (29, 194, HIDDEN),
    "msgget": (68, 186, HIDDEN),
    "semget": (64, 190, HIDDEN),
    "mq_open": (240, 180, HIDDEN),
    "vmsplice": (278, 75, HIDDEN + ": it pins large pages in a pipe"),
    "inotify_init": (253, None, HIDDEN),
    "inotify_init1": (294, 26, HIDDEN),
    "fanotify_init": (300, 262, HIDDEN),
    "ptrace": (101, 117, OTHERS),
    "process_vm_readv": (310, 270, OTHERS),
    "process_vm_writev": (311, 271, OTHERS),
    "process_madvise": (440, 440, OTHERS),
    "pidfd_getfd": (438, 438, OTHERS),
    "kcmp": (312, 272, OTHERS),
    "io_uring_setup": (425, 425, KERNEL + ", and it would make sockets past this filter"),
    "io_uring_enter": (426, 426, KERNEL),
    "io_uring_register": (427, 427, KERNEL),
    "userfaultfd": (323, 282, KERNEL),
    "bpf": (321, 280, KERNEL),
    "perf_event_open": (298, 241, KERNEL),
    "modify_ldt": (154, None, KERNEL),
    "syslog": (103, 116, "the kernel's messages, of the whole machine"),
    "mount": (165, 40, MOUNTS),
    "umount2": (166, 39, MOUNTS),
    "pivot_root": (155, 41, MOUNTS),
    "open_tree": (428, 428, MOUNTS),
    "move_mount": (429, 429, MOUNTS),
    "fsopen": (430, 430, MOUNTS),
    "fsconfig": (431, 431, MOUNTS),
    "fsmount": (432, 432, MOUNTS),
    "fspick": (433, 433, MOUNTS),
    "mount_setattr": (442, 442, MOUNTS),
    "name_to_handle_at": (303, 264, MOUNTS),
    "open_by_handle_at": (304, 265, MOUNTS),
    "unshare": (272, 97, NAMESPACES),
    "setns": (308, 268, NAMESPACES),
}
# These are refused by what they are asked for. The numbers again on x86_64 and on aarch64.
SOCKETS = [(41, 198), (53, 199)]  # socket and socketpair: all families but AF_UNIX
SETSOCKOPT = (54, 208)  # larger buffers, for what waits in a socket is in no process's account
MMAP = (9, 222)  # memory that is shared and has no file: whoever lets go of it has it still
CLONE = (56, 220)  # a namespace
CLONE3 = (435, 435)  # its flags cannot be read from here; the C library then uses clone

AF_UNIX, SOL_SOCKET, BUFFERS = 1, 1, (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF and both by FORCE
MAP_SHARED_ANONYMOUS = 0x21
CLONE_NEW = 0x7E020000
X32 = 0x40000000  # x86_64 has all calls a second time, with this bit, and with other numbers for some

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOMEM, ENOSYS, EAFNOSUPPORT = (0x00050000 | number for number in (1, 12, 38, 97))
NUMBER, ARCHITECTURE = 0, 4  # places in what a filter is given; arguments follow from 16 on


def program(machine: str) -> bytes | None:
    """The filter for a machine (``platform.machine()``), or None where its calls have numbers unknown here."""
    if machine not in MACHINES:
        return None
    convention, column = MACHINES[machine]
    lines = [_load(ARCHITECTURE), *_unless_equal(convention, KILL), _load(NUMBER)]
    if machine == "x86_64":
        lines += [_jump(0x35, X32, 0, 1), _return(KILL)]  # greater or equal
    for *numbers, why in REFUSED.values():
        if (number := numbers[column]) is not None:
            lines += _if_equal(number, [_return(ENOMEM if why.startswith(HIDDEN) else EPERM)])
    lines += _if_equal(CLONE3[column], [_return(ENOSYS)])
    for call in SOCKETS:
        lines += _if_equal(call[column], [_argument(0), *_unless_equal(AF_UNIX, EAFNOSUPPORT), _return(ALLOW)])
    buffers = [line for option in BUFFERS for line in _if_equal(option, [_return(EPERM)])]
    level = [_argument(1), *_unless_equal(SOL_SOCKET, ALLOW)]
    lines += _if_equal(SETSOCKOPT[column], [*level, _argument(2), *buffers, _return(ALLOW)])
    both = _line(0x54, MAP_SHARED_ANONYMOUS)  # "and"
    shared = _if_equal(MAP_SHARED_ANONYMOUS, [_return(ENOMEM)])
    lines += _if_equal(MMAP[column], [_argument(3), both, *shared, _return(ALLOW)])
    namespace = [_jump(0x45, CLONE_NEW, 0, 1), _return(EPERM)]  # any of these bits
    lines += _if_equal(CLONE[column], [_argument(0), *namespace, _return(ALLOW)])
    return b"".join([*lines, _return(ALLOW)])


def _line(code: int, value: int) -> bytes:
    return _jump(code, value, 0, 0)


def _jump(code: int, value: int, if_so: int, else_: int) -> bytes:
    """One instruction (struct sock_filter); the last two are how many lines to leave out."""
    return struct.pack("<HBBI", code, if_so, else_, value)


def _load(place: int) -> bytes:
    return _line(0x20, place)


def _argument(which: int) -> bytes:
    """The lower half of an argument, which is all that the kernel reads of those above."""
    return _load(16 + 8 * which)


def _return(verdict: int) -> bytes:
    return _line(0x06, verdict)


def _if_equal(value: int, then: list[bytes]) -> list[bytes]:
    return [_jump(0x15, value, 0, len(then)), *then]


def _unless_equal(value: int, verdict: int) -> list[bytes]:
    return [_jump(0x15, value, 1, 0), _return(verdict)]
