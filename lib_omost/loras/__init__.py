"""LoRA that hold in a part of the picture: what they change in each layer, and adding that where a mask says so.

Knows torch and `attention`; files of its own are kohya's, and a WebUI's own loading comes in as finished differences.
"""
