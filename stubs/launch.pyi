class Arguments:
    skip_install: bool

args: Arguments
