"""Whether canvases mean what messages say: messages with what each must mean, the checks, who is asked."""
