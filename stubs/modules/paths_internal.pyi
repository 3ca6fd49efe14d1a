script_path: str
