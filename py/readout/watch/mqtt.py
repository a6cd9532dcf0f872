"""The values over MQTT, with Home Assistant's discovery. Source: home-assistant.io, "MQTT", Discovery messages."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .. import __version__
from ..errors import ReadoutError, pip_install
from .board import Board
from .source_frame import Tell

if TYPE_CHECKING:
    from paho.mqtt.client import Client

SCHEMES = {"mqtt": 1883, "mqtts": 8883}
DISCOVERY = "homeassistant"
FIRST_WAIT_S, LONGEST_WAIT_S = 1, 60
KEEPALIVE_S = 30
LAST_S = 2.0
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True)
class Broker:
    """Where values go, of mqtt[s]://[user[:password]@]host[:port][/topic]."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    topic: str

    @classmethod
    def of(cls, url: str, password: str = "") -> "Broker":
        """password: where the address has none. Raises ReadoutError for what is no such address."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        topic = unquote(parts.path.strip("/")) or "readout"
        more = parts.query or parts.fragment or re.search(r"[#+\0]", topic)
        if parts.scheme not in SCHEMES or not parts.hostname or more or url.endswith("#"):
            shown = url.rpartition("@")[2][:60]
            raise ReadoutError(f"a broker is mqtt://host or mqtts://host:port/topic, got {shown!r}: correct it")
        user, own = (part and unquote(part) for part in (parts.username, parts.password))
        port = port or SCHEMES[parts.scheme]
        return cls(parts.hostname, port, parts.scheme == "mqtts", user, own or password or None, topic)


class Mqtt:
    """Publishes the state of each readout, retained, at each change of its value or of what is known of it.

    TOPIC/READOUT holds it as JSON, TOPIC/source whether the source is read, TOPIC/status whether this program is
    connected. What changes while the broker is away is not sent later: when it is there again, the state is.
    Raises ReadoutError where paho-mqtt is missing.
    """

    def __init__(self, broker: Broker, board: Board, tell: Tell):
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise ReadoutError(f"MQTT needs paho-mqtt: run {pip_install('mqtt')}") from error
        self._broker, self._board, self._tell = broker, board, tell
        self._sent: dict[str, tuple[Any, ...]] = {}
        self._source_sent: dict[str, Any] = {}
        self._publishing = Lock()
        self._failed = False
        self._device = f"readout_{sha256(f'{broker.topic}/{board.source}'.encode()).hexdigest()[:12]}"
        client = self._client = Client(CallbackAPIVersion.VERSION2, client_id=self._device)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.will_set(self._topic("status"), OFFLINE, qos=1, retain=True)
        client.reconnect_delay_set(FIRST_WAIT_S, LONGEST_WAIT_S)
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set()
        board.gauge("mqtt_connected", 0)
        client.connect_async(broker.host, broker.port, KEEPALIVE_S)
        client.loop_start()
        self._closing = False
        self._thread = Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say that there will be no more, and leave."""
        self._closing = True
        self._board.wake()
        self._thread.join()
        if self._client.is_connected():
            self._client.publish(self._topic("status"), OFFLINE, qos=1, retain=True).wait_for_publish(LAST_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _follow(self) -> None:
        version = -1
        while not self._closing:
            version = self._board.wait(version, LAST_S)
            if self._client.is_connected():
                self._publish()

    def _publish(self) -> None:
        """Publish what has changed since it was published to this broker."""
        with self._publishing:
            self._publish_changes(self._board.snapshot())

    def _publish_changes(self, shown: Mapping[str, Any]) -> None:
        source = {key: shown[key] for key in ("reading", "problem")}
        if self._source_sent != source:
            self._source_sent = source
            self._client.publish(self._topic("source"), json.dumps(source), qos=1, retain=True)
        for each in shown["readouts"]:
            name = each["readout"]
            if name not in self._sent:
                config = f"{DISCOVERY}/sensor/{self._device}/{_level(name)}/config"
                self._client.publish(config, json.dumps(self._discovery(name)), qos=1, retain=True)
            state = {key: value for key, value in each.items() if key not in ("age_s", "latest")}
            state["confirmed"] = each["latest"]["confirmed"]
            told = each["text"], each["value"], tuple(each["flags"]), state["confirmed"]
            if self._sent.get(name) != told:
                self._sent[name] = told
                self._client.publish(self._topic(_level(name)), json.dumps(state), qos=1, retain=True)

    def _discovery(self, name: str) -> dict[str, Any]:
        """What lets Home Assistant know of a readout."""
        level, state = _level(name), self._topic(_level(name))
        return {
            "name": name,
            "unique_id": f"{self._device}_{level}",
            "object_id": f"readout_{level}",
            "state_topic": state,
            "value_template": "{{ value_json.value if value_json.value is not none else value_json.text }}",
            "json_attributes_topic": state,
            "availability_topic": self._topic("status"),
            "device": {
                "identifiers": [self._device],
                "name": f"Readout {self._board.source}",
                "manufacturer": "Readout",
                "sw_version": __version__,
            },
        }

    def _on_connect(self, client: "Client", _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self._lost(f"refuses the connection ({reason})")
            return
        self._board.gauge("mqtt_connected", 1)
        if self._failed:
            self._tell(f"{self._broker.host} is connected again")
        self._failed = False
        client.publish(self._topic("status"), ONLINE, qos=1, retain=True)
        with self._publishing:
            self._sent.clear()  # a broker without a memory has lost all of it
            self._source_sent = {}
        self._publish()

    def _on_disconnect(self, _: "Client", __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self._board.gauge("mqtt_connected", 0)
        if reason.is_failure:
            self._lost(f"has gone ({reason})")

    def _on_connect_fail(self, _: "Client", __: Any) -> None:
        self._lost("cannot be reached")

    def _lost(self, why: str) -> None:
        self._failed = True
        self._tell(f"the MQTT broker {self._broker.host} {why}: it is tried until it is there")

    def _topic(self, level: str) -> str:
        return f"{self._broker.topic}/{level}"


def _level(name: str) -> str:
    """A readout's name as one level of a topic; names that would be equal get a digest."""
    level = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return (
        level
        if level == name and name not in ("status", "source")
        else f"{level}_{sha256(name.encode()).hexdigest()[:6]}"
    )
