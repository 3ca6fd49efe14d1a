"""Pictures that a model with eyes looks at: read as canvases, and compared with the canvas they were drawn from."""
