"""The parts of a download: yt-dlp's options and run, what a failure means, which facts are kept, and its pace."""
