"""A real Slurm on this machine alone: its daemons, with folders and ports of their own, as this user."""

import getpass
import os
import pathlib
import signal
import socket
import subprocess
import time

CONFIGURATION = """
ClusterName=linnet
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=5
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP
"""  # a job that is queued again waits for cred_expire seconds; a node may have more cores than the machine

DAEMONS = ("munged", "slurmctld", "slurmd")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_running(pid):
    try:
        return pathlib.Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Slurm:
    def __init__(self, folder, cores):
        self.folder = pathlib.Path(folder).resolve()
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        controller_port, node_port = free_ports(2)
        configuration = CONFIGURATION.format(host=socket.gethostname().split(".")[0], folder=self.folder, cores=cores,
                                             user=getpass.getuser(), controller_port=controller_port, node_port=node_port)
        (self.folder / "slurm.conf").write_text(configuration)

    def __enter__(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        # As its key is in a folder that others may write to, like /tmp, munged says so and starts.
        self._start("munged", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.sock", "--num-threads=2",
                    f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/munge.seed")
        self._start("slurmctld", "-c", "-i")
        self._start("slurmd", "-c")
        deadline = time.monotonic() + 30
        while "idle" not in self.run("sinfo", "--noheader", "--format=%T", check=False):
            if time.monotonic() > deadline:
                raise SystemExit(f"Slurm did not start:\n{self.logs()}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        user = f"--user={getpass.getuser()}"
        self.run("scancel", user, check=False)
        deadline = time.monotonic() + 15
        while self.run("squeue", "--noheader", user, check=False) and time.monotonic() < deadline:
            time.sleep(0.1)
        for name in reversed(DAEMONS):
            try:
                pid = int((self.folder / f"{name}.pid").read_text())
                os.kill(pid, signal.SIGTERM)
            except (OSError, ValueError):
                continue  # it did not start
            while is_running(pid) and time.monotonic() < deadline + 15:
                time.sleep(0.05)

    def _start(self, *command):
        done = subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{command[0]} did not start:\n{done.stderr}{self.logs()}")

    def run(self, *command, check=True):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.stderr}{self.logs()}")
        return done.stdout

    def ask(self, *command):
        """Like run, for what may be impossible at this moment, as to signal a task that just begins: that is tried again
        and again, here for a second."""
        try:
            subprocess.run(command, env=self.environment, capture_output=True, timeout=1)
        except subprocess.TimeoutExpired:
            pass

    def logs(self):
        texts = [(self.folder / f"{name}.log") for name in DAEMONS]
        return "".join(f"--- {file.name}\n{file.read_text()[-2000:]}" for file in texts if file.exists())

    def submit(self, script):
        return self.run("sbatch", "--parsable", str(script)).strip()

    def tasks(self, job):
        """The tasks of an array that have not ended, as {"7_3": "RUNNING"}."""
        lines = self.run("squeue", "--noheader", "--array", f"--jobs={job}", "--format=%i %T", check=False).split("\n")
        return dict(line.split() for line in lines if line)

    def processes(self, task, name):
        """The identifiers of the processes of this name in a task like "7_3"."""
        job, number = task.split("_")
        wanted = {f"SLURM_ARRAY_JOB_ID={job}", f"SLURM_ARRAY_TASK_ID={number}"}
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                is_named = (folder / "comm").read_text().strip() == name
                if is_named and wanted <= set((folder / "environ").read_bytes().decode(errors="replace").split("\0")):
                    found.append(int(folder.name))
            except OSError:
                continue  # of another user, or it has ended
        return found
