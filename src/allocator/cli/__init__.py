"""The command line: `allocator COMMAND`."""

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C while it is still loading ends it as quietly as later."""
    try:
        from allocator.cli.app import main as run_main  # noqa: PLC0415  loading takes a noticeable moment
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run_main()
