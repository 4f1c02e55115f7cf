import { memo, useState } from "react"
import { Upload } from "lucide-react"

// What is under way, by id: the chat makes an element anew when its conversation gets an address, or is opened again.
const kept = new Map()

const css = `
.hub-drop { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; display: grid; gap: 0.8rem; width: 100%; max-width: 36rem; background: hsl(var(--background)); }
.hub-drop .place { display: grid; justify-items: center; gap: 0.5rem; text-align: center; padding: 1.4rem 1rem; border: 2px dashed hsl(var(--input)); border-radius: 0.5rem; cursor: pointer; }
.hub-drop .place:is(:hover, .over) { background: hsl(var(--muted)); border-color: hsl(var(--primary)); }
.hub-drop .place:focus-within { outline: 2px solid hsl(var(--ring)); outline-offset: 2px; }
.hub-drop .place svg { width: 1.5rem; height: 1.5rem; color: hsl(var(--primary)); }
.hub-drop .place input { position: absolute; width: 1px; height: 1px; opacity: 0; }
.hub-drop .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; overflow-wrap: anywhere; }
.hub-drop .name { font-weight: 600; overflow-wrap: anywhere; }
.hub-drop .buttons { display: flex; gap: 0.6rem; flex-wrap: wrap; }
.hub-drop button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.35rem 0.8rem; cursor: pointer; font-weight: 500; }
.hub-drop button:hover { background: hsl(var(--muted)); }
.hub-drop button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-drop .error { color: hsl(0 72% 45%); overflow-wrap: anywhere; }
.dark .hub-drop .error { color: hsl(0 85% 72%); }
`

const BLOCK = 32 * 1024 * 1024 // bytes of one request: what is lost at most when the connection breaks
const TRIES = 5

function bytes(size) {
  for (const unit of ["bytes", "KB", "MB", "GB"]) {
    if (size < 1000) return `${Number(size.toPrecision(3))} ${unit}`
    size /= 1000
  }
  return `${Number(size.toPrecision(3))} TB`
}

const said = (answer) => [answer?.detail, answer?.error?.hint].filter(Boolean).join("; ") || "The hub did not take it."

// With XMLHttpRequest, as fetch does not tell how much was sent.
function put(url, blob, range, task, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    task.request = request
    request.open("PUT", url)
    request.setRequestHeader("Content-Type", "application/octet-stream")
    if (range) request.setRequestHeader("Content-Range", range)
    request.upload.onprogress = (event) => onProgress(event.loaded)
    request.onload = () => {
      let answer = {}
      try { answer = JSON.parse(request.responseText) } catch { /* said below */ }
      if (request.status === 409 && Number.isInteger(answer.offset)) return resolve(answer)
      if (request.status >= 200 && request.status < 300) return resolve(answer)
      const error = new Error(said(answer))
      error.retry = request.status === 401 || request.status >= 502
      reject(error)
    }
    request.onerror = () => reject(Object.assign(new Error("The connection broke."), { retry: true }))
    request.onabort = () => reject(Object.assign(new Error("Stopped."), { stopped: true }))
    request.send(blob)
  })
}

async function ask(method, url, body) {
  const answer = await fetch(url, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) })
  const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}))
  if (!answer.ok) throw Object.assign(new Error(said(told)), { gone: answer.status === 404 })
  return told
}

function UploadDrop({ props, callAction }) {
  if (!kept.has(props.id)) kept.set(props.id, { phase: "empty", sent: 0 })
  const [state, setState] = useState(kept.get(props.id))
  const [over, setOver] = useState(false)
  kept.get(props.id).show = setState // what goes on under a former copy of this element is shown by the present one

  const keep = (next) => {
    const whole = { ...kept.get(props.id), ...next }
    kept.set(props.id, whole)
    whole.show(whole)
  }

  const start = (files) => {
    const file = files[0]
    if (!file) return
    if (!props.accept.some((ending) => file.name.toLowerCase().endsWith(ending))) {
      return keep({ error: `Files of this kind are not taken. The hub takes ${props.accept.join(" ")}.` })
    }
    keep({ phase: "sending", file, name: file.name, size: file.size, sent: 0, ref: "", error: "", task: {} })
    send()
  }

  const send = async () => {
    const { file, task } = kept.get(props.id)
    try {
      await window.hub?.prove?.()
      let { ref } = kept.get(props.id)
      let at = 0
      let whole = null
      if (ref) {
        const found = await ask("GET", `/api/uploads/${ref}`)
        at = found.offset
        whole = found.complete ? found : null
      } else {
        const begun = await ask("POST", "/api/uploads", { name: file.name, size: file.size })
        ref = begun.id
        if (task.cancelled || kept.get(props.id).task !== task) return void remove(ref)
        keep({ ref })
      }
      for (let tries = 0; !whole; ) {
        if (task.stopped) return
        const end = Math.min(at + BLOCK, file.size)
        const range = file.size ? (at < file.size ? `bytes ${at}-${end - 1}/${file.size}` : `bytes */${file.size}`) : ""
        try {
          const answer = await put(`/api/uploads/${ref}`, file.slice(at, end), range, task, (loaded) => keep({ sent: at + loaded }))
          at = answer.offset
          tries = 0
          if (answer.complete) whole = answer
        } catch (error) {
          if (!error.retry || ++tries >= TRIES) throw error
          await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries))
          await window.hub?.prove?.()
          const found = await ask("GET", `/api/uploads/${ref}`)
          at = found.offset
          if (found.complete) whole = found
        }
        keep({ sent: at })
      }
      keep({ phase: "reading", sent: file.size })
      const answer = (await callAction({ name: "take_upload", payload: { ref, wish: props.wish } }))?.response
      if (!answer || answer.error) throw new Error(answer ? answer.error : "The hub did not answer. Reload the page and try again.")
      keep({ phase: "done" })
    } catch (error) {
      if (error.stopped || task.stopped) return
      keep({ phase: "paused", error: error.message, ...(error.gone ? { ref: "", sent: 0 } : {}) })
    }
  }

  const pause = () => {
    const { task } = kept.get(props.id)
    task.stopped = true
    task.request?.abort()
    keep({ phase: "paused", error: "" })
  }
  const resume = () => {
    keep({ phase: "sending", error: "", task: {} })
    send()
  }
  const cancel = async () => {
    const { ref, task } = kept.get(props.id)
    task.stopped = task.cancelled = true
    task.request?.abort()
    keep({ phase: "empty", file: null, ref: "", sent: 0, error: "" })
    if (ref) await remove(ref)
  }
  const remove = (ref) => ask("DELETE", `/api/uploads/${ref}`).catch((error) => error.gone || keep({ error: error.message }))

  // Not onChange, which is not heard where this element was made anew while the person was choosing.
  const listen = (input) => { if (input) input.onchange = () => start(input.files) }

  const { phase, name, size, sent, error } = state
  const share = size ? Math.floor((100 * Math.min(sent, size)) / size) : 100
  return (
    <section className="hub-drop not-prose" aria-label="Upload a file" aria-busy={phase === "sending" || phase === "reading"}>
      <style>{css}</style>
      {phase === "empty" ? (
        <label
          className={`place ${over ? "over" : ""}`}
          onDragOver={(event) => { event.preventDefault(); event.stopPropagation(); setOver(true) }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); event.stopPropagation(); setOver(false); start(event.dataTransfer.files) }}
        >
          <Upload aria-hidden="true" />
          <span>Drop a model or a dataset here, or choose a file</span>
          <span className="quiet">{props.accept.join(" ")}</span>
          <input ref={listen} type="file" aria-label="Choose a file" accept={props.accept.join(",")} />
        </label>
      ) : (
        <div className="name">{name} <span className="quiet">{bytes(size)}</span></div>
      )}
      {phase === "sending" || phase === "paused" ? <progress aria-label={`Upload of ${name}`} max={Math.max(size, 1)} value={size ? sent : 1} /> : null}
      {phase === "empty" ? null : (
        <span role="status" className="quiet">
          {phase === "sending" ? `${share}%, ${bytes(sent)} sent` : phase === "paused" ? `Stopped at ${share}%` : phase === "reading" ? "Reading the file…" : "Uploaded. See below."}
        </span>
      )}
      {error ? <div role="alert" className="error">{error}</div> : null}
      {phase === "sending" || phase === "paused" ? (
        <div className="buttons">
          {phase === "sending" ? <button type="button" onClick={pause}>Pause</button> : <button type="button" onClick={resume}>Go on</button>}
          <button type="button" onClick={cancel}>Cancel</button>
        </div>
      ) : null}
    </section>
  )
}

const Same = hub.once("UploadDrop", () => memo(UploadDrop))
export default <Same props={props} callAction={callAction} />
