"""What the page asks of the program that serves it: a WebUI or this one by itself. FastAPI, no host, no Gradio."""
