"""Runs of a fine-tuning in processes that may be killed: a server that imports once, and forks before it computes.

Reads a JSON line per request: `config` (of `TrainConfig`), `workspace`, `kill` ({"step": n} in the middle of the n-th
step from 0, {"save": n} and {"probe": n} in the middle of what is done after step n), `processes`. Answers a line with
the exit codes.
"""

import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

from embspace.progress import Silent
from embspace.training import fine_tuning, loop, probing  # noqa: F401
from embspace.training.config import TrainConfig
from embspace.training.windows import sent
from embspace.workflows import train
from embspace.workflows.settings import from_json
from embspace.workspace import Workspace


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kill):
    """Let this process die at one place."""
    step, save, look = loop.FineTuning.step, loop.FineTuning.write_model, probing.Probe.look

    def fatal_step(self):
        if self.at.step == kill.get("step"):
            loop.sent = die  # between collating and the losses
        step(self)

    def fatal_save(self, folder):
        save(self, folder)
        if self.at.step == kill.get("save"):
            die()

    def fatal_look(self, run, number, model, *others):
        found = look(self, run, number, model, *others)
        return die() if number == kill.get("probe") else found

    assert loop.sent is sent
    loop.FineTuning.step, loop.FineTuning.write_model, probing.Probe.look = fatal_step, fatal_save, fatal_look


def work(request):
    if request.get("kill"):
        arm(request["kill"])
    result = train.run(from_json(TrainConfig, request["config"]), Workspace(Path(request["workspace"])), Silent())
    json.dumps(result)


def start(request, process, processes, port):
    child = os.fork()
    if child:
        return child
    os.environ["EMBSPACE_WORKSPACE"] = request["workspace"]
    if processes > 1:  # as `accelerate launch --cpu` has it
        place = {"RANK": process, "LOCAL_RANK": process, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
        place |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "ACCELERATE_USE_CPU": "true"}
        os.environ.update({name: str(value) for name, value in place.items()})
    try:
        work(request)
        code = 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)


def main():
    for line in sys.stdin:
        request = json.loads(line)
        processes = request.get("processes", 1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        children = [start(request, process, processes, port) for process in range(processes)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
