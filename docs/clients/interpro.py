"""A client of InterPro for Python 3.8 or newer, nothing to install: copy it and make it yours (docs/join-in-a-day.md)."""
import http.client, json, os, pathlib, random, time, uuid
from urllib import error, request
ENDED = ("confirmed", "excepted", "failed", "replaced", "unevidenced", "annulled", "withdrawn")
class InterPro:
    def __init__(self, base, key, attempts=8):
        self.base, self.key, self.attempts = base, key, attempts

    def call(self, method, path, body=None, once=None, media_type="application/json"):
        """Asks again when there is no answer or it is "not now": one Idempotency-Key is done once, however often it is sent."""
        headers = {"Authorization": "Bearer " + self.key, "Content-Type": media_type, **({"Idempotency-Key": once} if once else {})}
        for attempt in range(1, self.attempts + 1):
            later = 0.0
            try:
                with request.urlopen(request.Request(self.base + path, body, headers, method=method), timeout=60) as answer:
                    return answer.read()
            except error.HTTPError as refused:
                said = refused.headers.get("Retry-After", "")  # Seconds; a proxy may say a date, which is left to the pauses.
                later = float(said) if said.isdecimal() else 0.0
                if not (said or refused.code in (408, 429) or refused.code >= 500) or later > 120 or attempt == self.attempts:
                    raise RuntimeError(refused.code, refused.read().decode()) from None
            except (OSError, http.client.HTTPException):
                if attempt == self.attempts:
                    raise
            time.sleep(max(later, 2 ** attempt * random.uniform(0.25, 0.5)))

    def ask(self, method, path, body=None, once=None):
        return json.loads(self.call(method, path, None if body is None else json.dumps(body).encode(), once))

    def submit(self, message, files, once):
        """files: (name, media type, bytes); once: yours for this message, kept with it before the first attempt."""
        edge, form = uuid.uuid4().hex, '--{}\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
        body = form.format(edge, "message", "").encode() + json.dumps(message).encode()
        for name, media_type, content in files:
            more = '; filename="{}"\r\nContent-Type: {}'.format(name.translate({34: "%22", 13: "%0D", 10: "%0A"}), media_type)
            body += b"\r\n" + form.format(edge, "document", more).encode() + content
        body, media_type = body + f"\r\n--{edge}--\r\n".encode(), "multipart/form-data; boundary=" + edge
        return json.loads(self.call("POST", "/outgoing-messages/with-documents", body, once, media_type))

    def follow(self, exchange, pause=0.25):
        """What became of the message at one recipient, as soon as that is final."""
        while (now := self.ask("GET", "/exchanges/" + exchange))["state"] not in ENDED:
            time.sleep(pause := min(60, pause * 2))
        return now

    def inbox(self, checkpoint, handle):
        """Each message that arrives, in order, for ever; the file `checkpoint` remembers which one was handled last."""
        after = pathlib.Path(checkpoint).read_text() if os.path.exists(checkpoint) else "0"
        while True:
            for item in self.ask("GET", f"/incoming-messages?after={after}&wait=30")["items"]:
                handle(item)
                after = str(item["position"])
                pathlib.Path(checkpoint + ".new").write_text(after)
                os.replace(checkpoint + ".new", checkpoint)

    def register(self, message, registration, once):
        return self.ask("POST", f"/incoming-messages/{message}/registration", {"registration": registration}, once)

    def refuse(self, message, reason, once):
        return self.ask("POST", f"/incoming-messages/{message}/refusal", {"reason": reason}, once)
