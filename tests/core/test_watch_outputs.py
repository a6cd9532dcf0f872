"""What `readout watch` gives to others: over HTTP, to a webhook and over MQTT, with the connection cut in between."""

import json
import os
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from readout.errors import ReadoutError
from readout.watch import server as serving
from readout.watch import webhook as hooking
from readout.watch.board import Board
from readout.watch.frame_reader import FrameReadings
from readout.watch.mqtt import Broker, Mqtt
from readout.watch.server import Server
from readout.watch.stream import shown_name
from readout.watch.webhook import Webhook
from tests.core.watching import reading, until

READ = FrameReadings([], None)


@pytest.fixture
def board():
    return Board("boiler")


# HTTP


@pytest.fixture
def served(board):
    found = Server(board, 0)
    yield found
    found.close()


def ask(served, path, method="GET", host=None):
    request = urllib.request.Request(f"{served.url}{path}", method=method, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_json_has_what_is_held_and_what_was_read_last(served, board):
    assert json.loads(ask(served, "json")[2])["readouts"] == []
    board.take("a", [reading("1.5"), reading("3.0", readout="°C", confirmed=False, flags=["cut"])])
    status, headers, body = ask(served, "json")
    shown = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert headers["Access-Control-Allow-Origin"] is None  # another site's script cannot read it
    speed, heat = shown["readouts"]
    assert (speed["value"], speed["flags"]) == (1.5, [])
    assert (heat["readout"], heat["value"], heat["flags"], heat["latest"]["value"]) == ("°C", None, ["cut"], 3.0)


def test_metrics_are_in_prometheus_format(served, board):
    board.take("a", [reading("1.5", readout='a "b"\\c'), reading("3.0", readout="t", confirmed=False, flags=["cut"])])
    board.count("reconnects_total")
    lines = ask(served, "metrics")[2].splitlines()
    assert 'readout_value{readout="a \\"b\\"\\\\c"} 1.5' in lines
    assert not any(line.startswith('readout_value{readout="t"}') for line in lines)
    assert 'readout_flag{readout="t",flag="cut"} 1' in lines
    assert "# TYPE readout_reconnects_total counter" in lines and "readout_reconnects_total 1" in lines
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")} == named


def test_events_come_at_once_and_at_each_change(served, board):
    with urllib.request.urlopen(f"{served.url}events", timeout=30) as events:
        assert events.headers["Content-Type"] == "text/event-stream"

        def event():
            lines = iter(events.readline, b"\n")
            return dict(line.decode().rstrip("\n").split(": ", 1) for line in lines)

        assert json.loads(event()["data"])["readouts"] == []
        for text in ("1.5", "2.5"):
            board.take("a", [reading(text)])
            found = event()
            assert found["event"] == "values" and json.loads(found["data"])["readouts"][0]["text"] == text
        board.take("b", [reading("2.5")])  # nothing that is shown has changed
        board.down("gone")
        assert json.loads(event()["data"])["problem"] == "gone"


def test_the_page_and_its_parts_need_nothing_from_elsewhere(served):
    page = ask(served, "")
    assert "default-src 'none'" in page[1]["Content-Security-Policy"]
    for name in ("page.js", "page.css"):
        assert name in page[2] and ask(served, name)[0] == 200
    assert not any("//" in ask(served, name)[2].replace("// ", "") for name in ("", "page.css", "page.js"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_takes_no_commands(served, method):
    assert ask(served, "json", method)[0] == 501


@pytest.mark.parametrize("path", ["../board.py", "board.py", "%2e%2e/board.py", "json/x"])
def test_there_is_nothing_else(served, path):
    assert ask(served, path)[0] == 404


def test_a_site_whose_name_leads_here_is_not_answered(served):
    assert ask(served, "json", host="evil.example")[0] == 403
    for host in ("localhost", f"127.0.0.1:{served.port}", "[::1]:80"):
        assert ask(served, "json", host=host)[0] == 200


def test_so_many_connections_are_answered_and_no_more(served, monkeypatch):
    held = [urllib.request.urlopen(f"{served.url}events", timeout=30) for _ in range(serving.MOST_CONNECTIONS)]
    for events in held:
        events.readline()
    assert ask(served, "json")[0] == 503
    for events in held:
        events.close()
    served._http.board.wake()
    until(lambda: served._http.board.wake() or ask(served, "json")[0] == 200, "the places to be free again")


def test_a_visitor_that_leaves_in_the_middle_harms_nobody(served, board):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", served.port)) as rude:
            rude.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            rude.recv(10)
        board.take("a", [reading()])
    assert ask(served, "json")[0] == 200


def test_it_listens_to_this_machine_alone_and_a_port_that_is_taken_is_said(served):
    assert served.address == "127.0.0.1"
    with pytest.raises(ReadoutError, match=rf"127.0.0.1, port {served.port} .*: choose another"):
        Server(Board("x"), served.port)


# A webhook


class Hook:
    """A real HTTP server that answers as it is told, and keeps what it took."""

    def __init__(self, port=0):
        self.answers, self.taken, self.tries, self.headers = [], [], 0, {}
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.tries += 1
                hook.headers = dict(self.headers)
                status = hook.answers.pop(0) if hook.answers else 200
                if status == "cut":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if status < 300:
                    hook.taken.append(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def do_GET(self):
                hook.taken.append("followed")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hook():
    found = Hook()
    yield found
    found.close()


@contextmanager
def sending(board, port, **settings):
    said = []
    made = Webhook(f"http://127.0.0.1:{port}/in?token=x", board, said.append, first_wait_s=0.02, **settings)
    try:
        yield lambda text, **more: made.take(None, READ, board.take("a", [reading(text, **more)])), said
    finally:
        made.close()


def test_each_confirmed_change_is_posted_once_in_order_with_the_key(board, hook):
    with sending(board, hook.port, header="X-Api-Key", key="s3cret") as (see, said):
        for text, more in (("1.5", {}), ("1.5", {}), ("9.5", {"confirmed": False}), ("2.5", {}), ("1.5", {})):
            see(text, **more)
        until(lambda: len(hook.taken) == 3, "three events")
    assert [each["value"] for each in hook.taken] == [1.5, 2.5, 1.5]
    assert hook.taken[0]["readout"] == "speed" and hook.taken[0]["source"] == "boiler"
    assert hook.headers["X-Api-Key"] == "s3cret" and said == []


def test_what_is_not_taken_is_sent_again_and_nothing_is_overtaken(board, hook):
    hook.answers = [500, "cut", 429, 200]
    with sending(board, hook.port) as (see, said):
        see("1.5")
        see("2.5")
        until(lambda: len(hook.taken) == 2, "both events")
    assert [each["value"] for each in hook.taken] == [1.5, 2.5] and hook.tries == 5
    assert board.counts["webhook_failed_total"] == 3 and board.counts["webhook_sent_total"] == 2
    assert "takes no event (it answers 500)" in said[0] and said[-1].endswith("takes events again")
    assert not any("token" in each for each in said)


def test_a_server_that_is_away_for_a_while_gets_all_events(board, hook):
    hook.close()
    with sending(board, hook.port) as (see, said):
        see("1.5")
        see("2.5")
        until(lambda: said, "the first failure")
        back = Hook(hook.port)
        try:
            until(lambda: len(back.taken) == 2, "both events")
        finally:
            back.close()
    assert [each["value"] for each in back.taken] == [1.5, 2.5]


def test_what_is_refused_for_good_is_given_up_and_said(board, hook):
    hook.answers = [401, 200]
    with sending(board, hook.port) as (see, said):
        see("1.5")
        see("2.5")
        until(lambda: hook.taken, "the second event")
    assert [each["value"] for each in hook.taken] == [2.5]
    assert "refuses an event (it answers 401)" in said[0] and board.counts["webhook_lost_total"] == 1


def test_a_key_goes_nowhere_else(board, hook):
    hook.answers = [302]
    with sending(board, hook.port, key="s3cret") as (see, said):
        see("1.5")
        until(lambda: said, "the refusal")
    assert hook.taken == [] and "302" in said[0]


def test_only_so_many_events_wait(board, hook, monkeypatch):
    monkeypatch.setattr(hooking, "MOST_WAITING", 2)
    monkeypatch.setattr(hooking, "LAST_S", 0.1)
    hook.close()
    with sending(board, hook.port) as (see, said):
        for k in range(5):
            see(f"{k}.5")
        assert board.counts["webhook_lost_total"] == 3
    assert "2 events could not be sent" in said[-1]


@pytest.mark.parametrize(
    ("url", "words"), [("ftp://x/", "http://… or https://"), ("http://user:word@x/", "into a header"), ("x", "got 'x'")]
)
def test_what_is_no_webhook_is_refused_without_its_password(board, url, words):
    with pytest.raises(ReadoutError, match=words) as refused:
        Webhook(url, board, print)
    assert "word" not in str(refused.value)


def test_a_source_is_shown_without_its_password():
    assert shown_name("rtsp://me:word@cam.local:554/live?token=x") == "rtsp://cam.local:554/live"
    assert shown_name("/dev/video0") == "video0"


# MQTT

MOSQUITTO = next(
    (path for path in (os.environ.get("READOUT_MOSQUITTO"), shutil.which("mosquitto"), "/usr/sbin/mosquitto") if path),
    "",
)
broker_needed = pytest.mark.skipif(
    not Path(MOSQUITTO).is_file(), reason="needs Mosquitto: apt-get install mosquitto, or set READOUT_MOSQUITTO"
)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Mosquitto:
    """A broker of its own, which keeps nothing when it ends."""

    def __init__(self, folder, port, password=""):
        folder.mkdir(exist_ok=True)
        settings = folder / "mosquitto.conf"
        lines = [f"listener {port} 127.0.0.1", "persistence false", f"user {'root' if os.geteuid() == 0 else ''}"]
        lines.append(f"password_file {password}" if password else "allow_anonymous true")
        settings.write_text("\n".join(line for line in lines if not line.endswith("user ")) + "\n")
        self.port = port
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(settings)], stderr=subprocess.DEVNULL)
        until(self._listens, "the broker")

    def _listens(self):
        assert self.process.poll() is None, "mosquitto has ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def listening(port):
    """What a client of its own gets: the last payload of each topic."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    got = {}
    client = Client(CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(1, 1)
    client.on_message = lambda _, __, message: got.__setitem__(message.topic, message.payload.decode())
    client.on_connect = lambda client, *_: client.subscribe("#", 1)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    try:
        yield got
    finally:
        client.disconnect()
        client.loop_stop()


def value_of(got, topic="heating/speed"):
    return json.loads(got[topic])["value"] if topic in got else None


def sensors(got):
    """The discovery of each readout that has come."""
    return [json.loads(each) for topic, each in tuple(got.items()) if topic.startswith("homeassistant/sensor/")]


@broker_needed
def test_values_are_published_retained_with_discovery_and_again_after_the_broker_was_away(board, tmp_path):
    port, said = free_port(), []
    broker = Mosquitto(tmp_path / "a", port)
    mqtt = Mqtt(Broker.of(f"mqtt://127.0.0.1:{port}/heating"), board, said.append)
    try:
        board.take("a", [reading("1.5"), reading("7.0", readout="flow °C", confirmed=False, flags=["cut"])])
        with listening(port) as got:
            until(lambda: value_of(got) == 1.5, "the value")
            until(lambda: got.get("heating/status") == "online", "the status")
            until(lambda: len(sensors(got)) == 2, "both discoveries")
            flow, speed = sorted(sensors(got), key=lambda each: each["name"])
            assert speed["state_topic"] == "heating/speed" and speed["availability_topic"] == "heating/status"
            assert flow["unique_id"] != speed["unique_id"] and flow["device"] == speed["device"]
            until(lambda: flow["state_topic"] in got, "the other readout's state")
            state = json.loads(got[flow["state_topic"]])
            assert (state["value"], state["flags"], state["confirmed"]) == (None, ["cut"], False)

            broker.close()
            until(lambda: any("has gone" in each for each in said), "the loss to be noticed")
            got.clear()
            board.take("b", [reading("2.5")])
            board.down("the camera is away")
            broker = Mosquitto(tmp_path / "b", port)
            until(lambda: value_of(got) == 2.5, "the value of meanwhile")
            until(lambda: "heating/source" in got and "away" in got["heating/source"], "the source's problem")
            assert json.loads(got["heating/source"])["reading"] is False
            assert any("connected again" in each for each in said)
            mqtt.close()
            until(lambda: got.get("heating/status") == "offline", "the farewell")
    finally:
        mqtt.close()
        broker.close()


@broker_needed
def test_a_wrong_password_is_said_and_never_shown(board, tmp_path):
    port, said = free_port(), []
    (tmp_path / "passwords").write_text("")
    (tmp_path / "passwords").chmod(0o600)
    broker = Mosquitto(tmp_path / "a", port, str(tmp_path / "passwords"))
    mqtt = Mqtt(Broker.of(f"mqtt://me:word@127.0.0.1:{port}"), board, said.append)
    try:
        until(lambda: any("refuses the connection" in each for each in said), "the refusal")
    finally:
        mqtt.close()
        broker.close()
    assert not any("word" in each for each in said) and board.counts["mqtt_connected"] == 0


def test_a_broker_that_is_not_there_is_said_and_ends_nothing(board):
    said, port = [], free_port()
    mqtt = Mqtt(Broker.of(f"mqtt://127.0.0.1:{port}"), board, said.append)
    until(lambda: said, "the failure")
    mqtt.close()
    assert "cannot be reached" in said[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://h", Broker("h", 1883, False, None, None, "readout")),
        ("mqtts://u:p%40@h:99/a/b/", Broker("h", 99, True, "u", "p@", "a/b")),
        ("mqtt://u@h/x", Broker("h", 1883, False, "u", "from outside", "x")),
    ],
)
def test_an_address_of_a_broker(url, expected):
    assert Broker.of(url, "from outside" if expected.user == "u" and ":p" not in url else "") == expected


@pytest.mark.parametrize("url", ["http://h", "mqtt://", "mqtt://h/a/#", "mqtt://h:port", "mqtt://u:word@/x"])
def test_what_is_no_address_of_a_broker_is_refused(url):
    with pytest.raises(ReadoutError, match="correct it") as refused:
        Broker.of(url)
    assert "word" not in str(refused.value)
