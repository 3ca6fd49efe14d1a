"""The program by itself as a small page: the accordion of the WebUIs beside a plain panel that draws pictures."""
