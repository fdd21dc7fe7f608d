/* The proof of work of a sign-in: for each part a number is sought whose SHA-256 with the salt begins with zero bits.
   In small pieces, so that the page stays alive, and in plain script: an old phone without HTTPS has no crypto.subtle,
   and where there is one, a promise for each hash takes longer than the hash. What stays the same from one number to the
   next, the first words of the block and the rounds that take only them, is done once for each part. */
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
  var number, prefix, end, fixed;

  var K = new Int32Array(64);
  var START = new Int32Array(8);
  var STATE = new Int32Array(8);
  var WORK = new Int32Array(8);
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

  /* Begin a part: the block's first letters, and the hash's state after the rounds that take only whole words of them. */
  function begin() {
    var text = salt + ":" + answers.length + ":";
    block.fill(0);
    for (prefix = 0; prefix < text.length; prefix++) {
      block[prefix] = text.charCodeAt(prefix);
    }
    number = 0;
    end = prefix + 1;
    block[prefix] = 48;
    close();
    fixed = prefix >> 2;
    for (var i = 0; i < 16; i++) {
      W[i] = word(i);
    }
    STATE.set(START);
    rounds(STATE, 0, fixed);
  }

  function word(i) {
    return (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
  }

  /* Put the end behind the last letter: a bit, and how many bits there are. The whole is one block at most. */
  function close() {
    block[end] = 128;
    block[62] = (end * 8) >> 8;
    block[63] = (end * 8) & 255;
    W[15] = word(15);
  }

  /* Write the next number in place of the one that stands there: 9 becomes 0 and carries on to the left. */
  function count() {
    number++;
    var at = end - 1;
    while (at >= prefix && block[at] === 57) {
      block[at--] = 48;
    }
    if (at >= prefix) {
      block[at]++;
      return;
    }
    block[prefix] = 49;
    block[end++] = 48;
    close();
  }

  /* The first 32 bits of the hash of what stands in the block. */
  function head() {
    var i;
    for (i = fixed; i <= end >> 2; i++) {
      W[i] = word(i);
    }
    for (i = 16; i < 64; i++) {
      var x = W[i - 15];
      var y = W[i - 2];
      var s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      var s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
    }
    WORK.set(STATE);
    rounds(WORK, fixed, 64);
    return (WORK[0] + START[0]) >>> 0;
  }

  function rounds(state, from, to) {
    var a = state[0], b = state[1], c = state[2], d = state[3];
    var e = state[4], f = state[5], g = state[6], h = state[7];
    for (var i = from; i < to; i++) {
      var S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      var t1 = (h + S1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      var S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      var t2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] = a; state[1] = b; state[2] = c; state[3] = d;
    state[4] = e; state[5] = f; state[6] = g; state[7] = h;
  }

  function say() {
    words.textContent = manual.dataset.progress.replace("{1}", answers.length).replace("{2}", parts);
  }

  function piece() {
    var until = performance.now() + PIECE;
    do {
      for (var i = 0; i < 500; i++) {
        if (head() >>> (32 - bits) === 0) {
          answers.push(number);
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
          begin();
        } else {
          count();
        }
      }
    } while (performance.now() < until);
    turn.port2.postMessage(null);
  }

  /* Between pieces the page has its turn; a timer of 0 would wait for 4 ms. */
  var turn = new MessageChannel();
  turn.port1.onmessage = piece;
  manual.hidden = true;
  words.hidden = false;
  say();
  begin();
  turn.port2.postMessage(null);
})();
