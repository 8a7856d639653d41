"""A receiver of InterPro's webhooks for Python 3.8 or newer, nothing to install: copy it and make it yours (docs/join-in-a-day.md)."""
import hashlib, hmac, http.server, json, os, time

def is_genuine(signature, body, secret, now=None):
    """signature: InterPro-Signature; body: the bytes as they came, before anything reads them as JSON."""
    parts = [part.strip().partition("=") for part in (signature or "").split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    if not (stamp.isascii() and stamp.isdigit()) or abs((time.time() if now is None else now) - int(stamp)) > 300:
        return False  # Too old, or the clocks differ: a copy of an earlier request proves nothing.
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    # For a day after the secret was changed there are two: any of them will do.
    given = [value.encode() for name, _, value in parts if name == "v1"]
    return any([hmac.compare_digest(expected, one) for one in given])

class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 30
    seen = set()  # Yours: a table. The same event may come more than once.

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length), 65536)) if length.isdecimal() else b""
        genuine = is_genuine(self.headers.get("InterPro-Signature"), body, os.environ["SECRET"])
        self.send_response(204 if genuine else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()
        event = json.loads(body) if genuine else None
        if genuine and event["id"] not in self.seen:
            self.seen.add(event["id"])  # Yours: write it down, answer, and do the work afterwards.
            print(event["id"], event["type"], flush=True)

    def log_message(self, *_):
        pass

if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
