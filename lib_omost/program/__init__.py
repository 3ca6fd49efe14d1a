"""What a reply's own functions, loops and computed values come to, worked out without executing any of it.

A syntax tree comes in; `running` follows its statements (assignments, loops, functions) with `expressions`, `builtin`
and `formatting` for values, and gives back the calls of a canvas that they make, with plain values. Only the few kinds
of values in `kinds` exist here, every step and every character made is counted; what is not known is an `Unknown`.
"""
