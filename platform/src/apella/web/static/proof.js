/* The proof of work of a sign-in: for each part a number is sought whose SHA-256 with the salt begins with zero bits.
   In small pieces, so that the page stays alive, and in plain script: an old phone without HTTPS has no crypto.subtle. */
(function () {
  "use strict";

  var manual = document.querySelector("[data-proof]");
  if (!manual) {
    return;
  }
  var PIECE = 30;
  var salt = manual.dataset.salt;
  var parts = Number(manual.dataset.parts);
  var bits = Number(manual.dataset.bits);
  var words = document.querySelector("[data-proof-words]");
  var form = manual.querySelector("form");
  var answers = [];
  var number = 0;

  var K = new Int32Array(64);
  var START = new Int32Array(8);
  var W = new Int32Array(64);
  var block = new Uint8Array(64);

  /* The constants of SHA-256: fractions of the square and cube roots of the first primes. */
  (function () {
    var found = 0;
    for (var candidate = 2; found < 64; candidate++) {
      var prime = true;
      for (var divisor = 2; divisor * divisor <= candidate; divisor++) {
        if (candidate % divisor === 0) {
          prime = false;
          break;
        }
      }
      if (prime) {
        if (found < 8) {
          START[found] = fraction(Math.pow(candidate, 1 / 2));
        }
        K[found++] = fraction(Math.pow(candidate, 1 / 3));
      }
    }
  })();

  function fraction(root) {
    return ((root - Math.floor(root)) * 4294967296) | 0;
  }

  /* The first 32 bits of the hash of the first `length` letters of the block, which is one block long at most. */
  function head(length) {
    var i;
    block[length] = 128;
    block.fill(0, length + 1);
    block[62] = (length * 8) >> 8;
    block[63] = (length * 8) & 255;
    for (i = 0; i < 16; i++) {
      W[i] = (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
    }
    for (i = 16; i < 64; i++) {
      var x = W[i - 15];
      var y = W[i - 2];
      var s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      var s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
    }
    var a = START[0], b = START[1], c = START[2], d = START[3];
    var e = START[4], f = START[5], g = START[6], h = START[7];
    for (i = 0; i < 64; i++) {
      var S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      var t1 = (h + S1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      var S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      var t2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    return (a + START[0]) >>> 0;
  }

  function write(text, at) {
    for (var i = 0; i < text.length; i++) {
      block[at + i] = text.charCodeAt(i);
    }
    return at + text.length;
  }

  function say() {
    words.textContent = manual.dataset.progress.replace("{1}", answers.length).replace("{2}", parts);
  }

  function piece() {
    var end = performance.now() + PIECE;
    var prefix = write(salt + ":" + answers.length + ":", 0);
    do {
      for (var i = 0; i < 500; i++) {
        if (head(write(String(number), prefix)) >>> (32 - bits) === 0) {
          answers.push(number);
          number = 0;
          say();
          if (answers.length === parts) {
            form.elements.answers.value = answers.join(",");
            if (form.requestSubmit) {
              form.requestSubmit();
            } else {
              form.submit();
            }
            return;
          }
          prefix = write(salt + ":" + answers.length + ":", 0);
        } else {
          number++;
        }
      }
    } while (performance.now() < end);
    setTimeout(piece, 0);
  }

  manual.hidden = true;
  words.hidden = false;
  say();
  setTimeout(piece, 0);
})();
