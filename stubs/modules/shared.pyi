class State:
    interrupted: bool
    skipped: bool

state: State
