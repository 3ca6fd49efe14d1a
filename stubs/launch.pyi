class Arguments:
    skip_install: bool

args: Arguments

def run_pip(command: str, desc: str | None = ..., live: bool = ...) -> str | None: ...
