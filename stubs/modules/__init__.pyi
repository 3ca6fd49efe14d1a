"""What the extension uses of the WebUIs' `modules`."""
