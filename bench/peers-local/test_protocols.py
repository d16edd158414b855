import unittest

from client import Refused
from http_protocol import HttpProtocol
from systems.beanstalkd import BeanstalkProtocol
from systems.nats import NatsProtocol
from systems.rabbitmq import AmqpProtocol
from systems.redis_stream import StreamProtocol

ACK = b"\x01\x00\x01\x00\x00\x00\x0d\x00\x3c\x00\x50\x00\x00\x00\x00\x00\x00\x00\x01\x00\xce"
NACK = ACK.replace(b"\x00\x50", b"\x00\x78")
ACCEPTED = [
    (HttpProtocol("/"), b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}"),
    (StreamProtocol(), b"$15\r\n1700000000000-0\r\n"),
    (BeanstalkProtocol(), b"INSERTED 12\r\n"),
    (NatsProtocol(), b'MSG inbox.0 1 28\r\n{"stream":"tasks", "seq":12}\r\n'),
    (AmqpProtocol(), ACK),
]
REFUSED = [
    (HttpProtocol("/"), b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"),
    (StreamProtocol(), b"-OOM command not allowed\r\n"),
    (BeanstalkProtocol(), b"DRAINING\r\n"),
    (NatsProtocol(), b'MSG inbox.0 1 22\r\n{"error":{"code":503}}\r\n'),
    (NatsProtocol(), b"-ERR 'Permissions Violation'\r\n"),
    (AmqpProtocol(), NACK),
]


class Answers(unittest.TestCase):
    def test_an_answer_counts_when_all_of_it_has_arrived(self):
        for protocol, answer in ACCEPTED:
            with self.subTest(type(protocol).__name__):
                self.assertEqual(
                    [protocol.answer(bytearray(answer[:end])) for end in range(1, len(answer))], [0] * (len(answer) - 1)
                )
                self.assertEqual(protocol.answer(bytearray(answer + answer[:3])), len(answer))

    def test_a_refusal_is_not_taken_for_an_answer(self):
        for protocol, answer in REFUSED:
            with self.subTest(type(protocol).__name__), self.assertRaises(Refused):
                protocol.answer(bytearray(answer))
