"""One file over HTTP, with limits on silence, time and size."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """How patient a download is: seconds without a byte, seconds in all, bytes in all."""

    silence_s: float = 10
    total_s: float = 300
    size: int = 100_000_000


LIMITS = Limits()


class DownloadError(Exception):
    """A download that failed: `what` happened, what to do `next`, whether the server was reached."""

    def __init__(self, what: str, next_step: str, *, reached: bool = True):
        super().__init__(f"{what}; {next_step}")
        self.reached = reached


def download(url: str, target: Path, limits: Limits = LIMITS) -> None:
    """Write the body of `url` to `target`.

    Raises DownloadError when the server can't be reached, answers with an error or with an HTML
    page, falls silent, or closes before the announced length. `target` may then hold a part.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "readout-build"})
    try:
        with urllib.request.urlopen(request, timeout=limits.silence_s) as response:
            _save(response, target, limits)
    except urllib.error.HTTPError as error:
        with error:
            raise DownloadError(
                f"the server answered {error.code} {error.reason}",
                f"check that {url} is the right address",
            ) from error
    except TimeoutError as error:
        raise _silent(limits) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _silent(limits) from error
        raise DownloadError(
            f"the server can't be reached ({error.reason})",
            "check the address and the network",
            reached=False,
        ) from error
    except (http.client.HTTPException, ConnectionError, ssl.SSLError, ValueError) as error:
        raise DownloadError(
            f"the connection broke ({type(error).__name__}: {error})",
            "check the address and try again",
        ) from error


def _save(response: http.client.HTTPResponse, target: Path, limits: Limits) -> None:
    announced = response.headers.get("Content-Length")
    if response.headers.get_content_type() == "text/html":
        raise DownloadError(
            f"the server answered {response.status} with an HTML page in place of the file",
            "check that the address names the folder that holds the files, and that no sign-in page stands before it",
        )
    deadline = time.monotonic() + limits.total_s
    received = 0
    with open(target, "wb") as file:
        while chunk := response.read1(1 << 16):
            received += len(chunk)
            if received > limits.size:
                raise DownloadError(
                    f"the server sent more than {limits.size} bytes",
                    "check that the address names the right file",
                )
            if time.monotonic() > deadline:
                raise DownloadError(
                    f"only {received} bytes came in {limits.total_s:g} s",
                    "try again later or name a faster mirror",
                )
            file.write(chunk)
    if announced is not None and received != int(announced):
        raise DownloadError(
            f"the connection was cut after {received} of {announced} bytes",
            "try again, or name another mirror",
        )


def _silent(limits: Limits) -> DownloadError:
    return DownloadError(
        f"the server sent nothing for {limits.silence_s:g} s",
        "try again later or name another mirror",
        reached=False,
    )
