import unittest

import client
import task
from http_protocol import HttpProtocol
from receiver import Receiver, complete


class Receiving(unittest.TestCase):
    """The receiver and the clients, against each other."""

    def setUp(self):
        self.receiver = self.enterContext(Receiver())

    def submit(self, clients: int, numbers: range) -> None:
        port = int(self.receiver.url.rstrip("/").rpartition(":")[2])
        client.accept(Answered("/"), port, clients, [task.body(number) for number in numbers])

    def test_one_client_keeps_the_order(self):
        self.submit(1, range(50))
        self.assertEqual(self.receiver.completed, list(range(50)))

    def test_many_clients_submit_each_task_once(self):
        self.submit(8, range(50))
        self.assertEqual(sorted(self.receiver.completed), list(range(50)))

    def test_a_task_fails_once(self):
        self.receiver.expect(fail=1)
        with self.assertRaises(client.Refused):
            self.submit(1, range(3))
        self.submit(1, range(1, 3))
        self.assertEqual(self.receiver.completed, [0, 1, 2])

    def test_a_request_is_complete_with_its_body(self):
        request = bytearray(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}rest")
        self.assertEqual(complete(request[:-5]), b"")
        self.assertEqual(complete(request), bytes(request[:-4]))


class Answered(HttpProtocol):
    """A 204 has no Content-Length."""

    def answer(self, buffer: bytes) -> int:
        end = buffer.find(b"\r\n\r\n") + 4
        return end if buffer.startswith(b"HTTP/1.1 204 ") and end >= 4 else super().answer(buffer)


class Task(unittest.TestCase):
    def test_a_task_has_200_bytes_and_its_number(self):
        for number in (0, 7, 999_999):
            self.assertEqual(len(task.body(number)), task.BYTES)
            self.assertEqual(task.number(task.body(number)), number)
