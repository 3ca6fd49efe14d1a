class State:
    interrupted: bool
    skipped: bool

class Options:
    upcast_attn: bool
    use_old_scheduling: bool

state: State
opts: Options
loaded_hypernetworks: list[object]
