/* A receipt checked by the browser alone, as security/audit/wire.py does it; asks nothing of any network. Needs WebCrypto with Ed25519.

   ZhengtongReceipt.verify(text) → { statement, disclosed, sealed, leafIndex, treeSize, fingerprints, faults, unchecked }
   `faults` name the checks that failed: statement, detail, signature, checkpoint, proof. `unchecked` those this browser cannot make
   (a signature of SM2). Raises Unusable (`reason`: large, json, format, damaged) and Unable (a browser without Ed25519). */
(function () {
  "use strict";
  var FORMAT = "zhengtong-receipt-1", LARGEST = 1048576;  // characters; a receipt has some thousands
  var DASH = "\u2014 ", FRACTION = "\u0000";
  var PREFIXES = { Ed25519: "302a300506032b6570032100", SM2: "3059301306072a8648ce3d020106082a811ccf5501822d034200" };
  var RAW_BYTES = { Ed25519: 32, SM2: 65 };

  class Unusable extends Error { constructor(reason) { super(reason); this.reason = reason; } }
  class Unable extends Error {}
  class Faulty extends Error {}

  // -- bytes and texts
  const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  function utf8(text) {
    const bytes = encoder.encode(text);
    if (decoder.decode(bytes) !== text) { throw new Faulty("half a character"); }  // a lone surrogate
    return bytes;
  }

  function base64(text) {
    if (typeof text !== "string" || text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) { throw new Faulty("Base64"); }
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  }

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  function fromHex(text) {
    if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/i.test(text)) { throw new Faulty("hexadecimal"); }
    return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  }

  function join(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
    return whole;
  }

  const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
  const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isGiven = (value) => (typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value));

  // A number that is no whole one up to 2^53-1 becomes what `canonical` refuses: JSON.parse would silently round it.
  function parse(text) {
    JSON.parse(text);
    return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
      token[0] === '"' || (/^-?\d+$/.test(token) && Number.isSafeInteger(Number(token))) ? token : JSON.stringify(FRACTION)));
  }

  // RFC 8785 JSON of texts, whole numbers, booleans, null, lists and maps.
  function canonical(value) {
    if (value === null || typeof value === "boolean") { return String(value); }
    if (typeof value === "number") { return String(value === 0 ? 0 : value); }
    if (typeof value === "string") {
      if (value.includes("\u0000")) { throw new Faulty("a text with NUL, or a fraction"); }
      return JSON.stringify(value);
    }
    if (Array.isArray(value)) { return "[" + value.map(canonical).join(",") + "]"; }
    if (!isMap(value)) { throw new Faulty("nothing the log can keep"); }
    return "{" + Object.keys(value).sort().map((key) => canonical(key) + ":" + canonical(value[key])).join(",") + "}";
  }

  // -- cryptography
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

  async function hmac(key, data) {
    const held = await crypto.subtle.importKey("raw", key.length ? key : new Uint8Array(1), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return hex(new Uint8Array(await crypto.subtle.sign("HMAC", held, data)));
  }

  function readKey(held) {
    const der = base64(held.public_key), text = hex(der);
    const algorithm = Object.keys(PREFIXES).find(
      (name) => text.startsWith(PREFIXES[name]) && der.length === PREFIXES[name].length / 2 + RAW_BYTES[name]);
    if (!algorithm) { throw new Faulty("neither a key of Ed25519 nor of SM2"); }
    return { algorithm, der, raw: der.slice(PREFIXES[algorithm].length / 2) };
  }

  async function isSigned(key, data, signature) {
    try {
      const held = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify({ name: "Ed25519" }, held, signature, data);
    } catch (fault) {
      if (fault.name === "NotSupportedError") { throw new Unable(fault.message); }
      return false;
    }
  }

  async function isAble() {  // RFC 8032, section 7.1, test 1
    const key = { raw: fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a") };
    const signature = fromHex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    try {
      return Boolean(window.crypto && crypto.subtle) && await isSigned(key, new Uint8Array(0), signature);
    } catch {
      return false;
    }
  }

  // -- the parts of a receipt
  function readLeaf(data) {
    if (data[0] !== 1) { throw new Faulty("a leaf of an unknown version"); }
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data.slice(1));
    const fields = JSON.parse(text);
    if (!isMap(fields) || !Object.values(fields).every((value) => typeof value === "string") || canonicalLeaf(fields) !== text) {
      throw new Faulty("a leaf that is not in canonical form");
    }
    return fields;
  }

  const canonicalLeaf = (fields) =>  // its texts may hold what details may not
    "{" + Object.keys(fields).sort().map((key) => JSON.stringify(key) + ":" + JSON.stringify(fields[key])).join(",") + "}";

  // A checkpoint as C2SP signed note: name, number of leaves, root; then the signature lines.
  function readNote(whole) {
    if (typeof whole !== "string") { throw new Faulty("no checkpoint"); }
    const gap = whole.lastIndexOf("\n\n"), text = whole.slice(0, Math.max(gap, 0)), parts = text.split("\n");
    if (gap < 0 || parts.length < 3 || !/^(?:0|[1-9][0-9]{0,17})$/.test(parts[1])) { throw new Faulty("not a checkpoint"); }
    const root = base64(parts[2]), lines = whole.slice(gap + 2).split("\n");
    if (root.length !== 32) { throw new Faulty("a root has 32 bytes"); }
    if (lines[lines.length - 1] === "") { lines.pop(); }
    return { origin: parts[0], size: BigInt(parts[1]), root, signed: utf8(text + "\n"), signatures: lines.map(readLine) };
  }

  function readLine(line) {
    const space = line.indexOf(" ", DASH.length);
    if (!line.startsWith(DASH) || space <= DASH.length) { throw new Faulty("not a signature line"); }
    const value = base64(line.slice(space + 1));
    return { name: line.slice(DASH.length, space), hint: value.slice(0, 4), value: value.slice(4) };
  }

  async function signerOf(note, keys) {
    for (const key of keys.filter((one) => one.algorithm === "Ed25519")) {
      const hint = (await sha256(utf8(note.origin + "\n"), [1], key.raw)).slice(0, 4);
      for (const line of note.signatures) {
        if (line.name === note.origin && same(line.hint, hint) && await isSigned(key, note.signed, line.value)) { return key; }
      }
    }
    return null;
  }

  // RFC 9162 section 2.1.3.2.
  async function leadsToRoot(proof, leafHash, note) {
    if (!isMap(proof) || !Number.isSafeInteger(proof.leaf_index) || !Number.isSafeInteger(proof.tree_size) || !Array.isArray(proof.path)) { return false; }
    if (BigInt(proof.tree_size) !== note.size || proof.leaf_index < 0 || proof.leaf_index >= proof.tree_size) { return false; }
    let node = BigInt(proof.leaf_index), last = note.size - 1n, result = leafHash;
    for (const step of proof.path) {
      const sibling = base64(step);
      if (last === 0n) { return false; }
      if (node & 1n || node === last) {
        result = await sha256([1], sibling, result);
        while (!(node & 1n) && node) { node >>= 1n; last >>= 1n; }
      } else {
        result = await sha256([1], result, sibling);
      }
      node >>= 1n; last >>= 1n;
    }
    return last === 0n && same(result, note.root);
  }

  // -- the checks
  async function checkStatement(receipt, leaf, verdict) {
    verdict.statement = leaf.fields;
    if (!isMap(receipt.statement) || JSON.stringify(Object.entries(receipt.statement).sort()) !== JSON.stringify(Object.entries(leaf.fields).sort())) {
      verdict.faults.push("statement");
    }
    for (const name of isGiven(receipt.disclosed) ? ["detail", "purpose", "subjects"] : []) {
      const disclosed = receipt.disclosed[name];
      if (disclosed !== undefined && disclosed !== null) { await checkDisclosed(name, disclosed, leaf, verdict); }
    }
  }

  async function checkDisclosed(name, disclosed, leaf, verdict) {
    let digest = "";
    try {
      if ("value" in disclosed) { digest = await hmac(fromHex(disclosed.key), utf8(canonical(disclosed.value))); }
    } catch { /* not what the log keeps: no digest fits */ }
    if (digest && digest === leaf.fields[name]) { verdict.disclosed[name] = disclosed.value; }
    else if (!verdict.faults.includes("detail")) { verdict.faults.push("detail"); }
  }

  async function checkSignature(leaf, signature, keys, verdict) {
    for (const key of keys.filter((one) => one.algorithm === "Ed25519")) {
      if (await isSigned(key, leaf.bytes, signature)) { await addFingerprint(key, verdict); return; }
    }
    if (keys.some((one) => one.algorithm === "SM2")) { verdict.unchecked.push("signature"); } else { verdict.faults.push("signature"); }
  }

  async function checkProof(receipt, leaf, keys, verdict) {
    let note;
    try { note = readNote(receipt.checkpoint); } catch { verdict.faults.push("checkpoint"); return; }
    const signer = await signerOf(note, keys);
    if (signer) { await addFingerprint(signer, verdict); } else { verdict.faults.push("checkpoint"); }
    if (!await leadsToRoot(receipt.proof, leaf.hash, note).catch(() => false)) { verdict.faults.push("proof"); return; }
    verdict.sealed = Boolean(signer);
    verdict.leafIndex = receipt.proof.leaf_index;
    verdict.treeSize = receipt.proof.tree_size;
  }

  async function addFingerprint(key, verdict) {
    const value = hex(await sha256(key.der));
    if (!verdict.fingerprints.includes(value)) { verdict.fingerprints.push(value); }
  }

  function read(text) {
    if (text.length > LARGEST) { throw new Unusable("large"); }
    let receipt;
    try { receipt = parse(text.replace(/^\ufeff/, "")); } catch { throw new Unusable("json"); }
    if (!isMap(receipt) || receipt.format !== FORMAT) { throw new Unusable("format"); }
    try {
      const bytes = base64(receipt.leaf);
      if (!Array.isArray(receipt.keys)) { throw new Faulty("no keys"); }
      if (isGiven(receipt.disclosed) && !isMap(receipt.disclosed)) { throw new Faulty("what a receipt discloses is a map"); }
      return { receipt, leaf: { bytes, fields: readLeaf(bytes) }, signature: base64(receipt.signature.value), keys: receipt.keys.map(readKey) };
    } catch { throw new Unusable("damaged"); }
  }

  async function verify(text) {
    const { receipt, leaf, signature, keys } = read(text);
    if (!await isAble()) { throw new Unable("Ed25519"); }
    const verdict = { statement: {}, disclosed: {}, sealed: false, leafIndex: null, treeSize: null, fingerprints: [], faults: [], unchecked: [] };
    leaf.hash = await sha256([0], leaf.bytes);
    await checkStatement(receipt, leaf, verdict);
    await checkSignature(leaf, signature, keys, verdict);
    if (isGiven(receipt.checkpoint) || isGiven(receipt.proof)) { await checkProof(receipt, leaf, keys, verdict); }
    return verdict;
  }

  window.ZhengtongReceipt = { verify, isAble, LARGEST, Unusable, Unable };
})();
