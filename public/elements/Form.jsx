import { Fragment, memo, useRef, useState } from "react"

// What was typed, by id: the chat makes an element anew when its conversation gets an address, or is opened again.
const kept = new Map()

const css = `
.hub-form { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; display: grid; gap: 0.9rem; width: 100%; max-width: 40rem; background: hsl(var(--background)); }
.hub-form h3 { font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
.hub-form .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; }
.hub-form .field { display: grid; gap: 0.25rem; }
.hub-form .fields { display: grid; gap: 0.9rem; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
.hub-form .fields > :not(.short) { grid-column: 1 / -1; }
@media (max-width: 40rem) { .hub-form .fields > * { grid-column: 1 / -1; } }
.hub-form .field > label, .hub-form legend { font-weight: 550; padding: 0; }
.hub-form .needed { color: hsl(0 72% 45%); }
.dark .hub-form .needed, .dark .hub-form .error { color: hsl(0 85% 72%); }
.dark .hub-form :is(input, select) { color-scheme: dark; }
.hub-form input:not([type="checkbox"]), .hub-form select, .hub-form textarea { width: 100%; padding: 0.45rem 0.6rem; border: 1px solid hsl(var(--input)); border-radius: 0.4rem; background: hsl(var(--background)); color: inherit; font: inherit; }
.hub-form textarea { min-height: 6rem; }
.hub-form :is(input, select, textarea, button, .many):focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-form [aria-invalid="true"] { border-color: hsl(0 72% 51%) !important; }
.hub-form fieldset { display: grid; gap: 0.25rem; min-width: 0; }
.hub-form .many { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.2rem 0.8rem; max-height: 11rem; overflow: auto; border: 1px solid hsl(var(--input)); border-radius: 0.4rem; padding: 0.5rem 0.6rem; }
.hub-form .tick { display: flex; gap: 0.5rem; align-items: flex-start; overflow-wrap: anywhere; }
.hub-form .tick input { margin-top: 0.2rem; flex: none; }
.hub-form .error { color: hsl(0 72% 45%); overflow-wrap: anywhere; }
.hub-form .lines { display: grid; gap: 0.35rem; max-height: 22rem; overflow: auto; padding: 2px; }
.hub-form .line { display: flex; gap: 0.35rem; align-items: center; }
.hub-form .line > :is(input, select) { min-width: 0; flex: 1 1 0; }
.hub-form .heads { font-size: 0.8rem; color: hsl(var(--muted-foreground)); }
.hub-form .heads span { flex: 1 1 0; }
.hub-form .heads i { width: 2rem; flex: none; }
.hub-form button.plain { background: none; color: inherit; border: 1px solid hsl(var(--border)); padding: 0.3rem 0.7rem; width: fit-content; }
.hub-form button.plain:hover:not(:disabled) { background: hsl(var(--muted)); }
.hub-form button.remove { padding: 0; width: 2rem; height: 2rem; flex: none; }
@media (max-width: 40rem) { .hub-form .line.wide { flex-wrap: wrap; border-bottom: 1px solid hsl(var(--border)); padding-bottom: 0.4rem; } .hub-form .line.wide > :is(input, select) { flex-basis: 40%; } .hub-form .heads.wide { display: none; } }
.hub-form .buttons { display: flex; gap: 0.7rem; align-items: center; flex-wrap: wrap; }
.hub-form button { padding: 0.45rem 1rem; border-radius: 0.45rem; font-weight: 550; cursor: pointer; background: hsl(var(--primary)); color: hsl(var(--primary-foreground)); }
.hub-form button:hover:not(:disabled) { background: hsl(var(--primary) / 0.88); }
.hub-form button:disabled { opacity: 0.5; cursor: default; }
`

const types = { number: "text", date: "date", password: "password", file: "file", text: "text" }

function begin(fields) {
  const values = {}
  for (const { name, kind, value } of fields) values[name] = value ?? (kind === "check" ? false : kind === "many" || kind === "rows" ? [] : kind === "file" ? null : "")
  return values
}

function Form({ props, callAction }) {
  const [state, setState] = useState(kept.get(props.id) || { values: begin(props.fields), errors: {}, error: "", sent: false })
  const [busy, setBusy] = useState(false)
  const [looked, setLooked] = useState({})
  const form = useRef()

  const keep = (next) => {
    const whole = { ...(kept.get(props.id) || state), ...next }
    const secrets = props.fields.filter((field) => field.kind === "password").map((field) => [field.name, ""])
    kept.set(props.id, { ...whole, values: { ...whole.values, ...Object.fromEntries(secrets) } })
    setState(whole)
  }
  const set = (name, value) => keep({ values: { ...state.values, [name]: value }, errors: { ...state.errors, [name]: "" }, sent: false })

  const send = async (event) => {
    event.preventDefault()
    setBusy(true)
    let answer
    try {
      const values = { ...state.values }
      for (const [name, value] of Object.entries(values)) if (value instanceof File) values[name] = { name: value.name, text: await value.text() }
      answer = (await callAction({ name: "send_form", payload: { name: props.name, about: props.about, values } }))?.response
    } catch {
      answer = null
    }
    setBusy(false)
    if (!answer) return keep({ error: "The hub did not answer. Reload the page and try again.", sent: false })
    const errors = answer.errors || {}
    const sent = !answer.error && !answer.errors
    keep({ errors, error: answer.error || "", sent, gone: sent && props.cancel ? "See below." : "" }) // what it was about is gone
    const first = props.fields.find((field) => errors[field.name])
    // Once the fields take input again.
    if (first) setTimeout(() => form.current?.querySelector(`[data-field="${first.name}"]`)?.focus(), 50)
  }

  const giveUp = async () => {
    setBusy(true)
    let answer
    try {
      answer = (await callAction({ name: "give_up_form", payload: { name: props.name, about: props.about } }))?.response
    } catch {
      answer = null
    }
    setBusy(false)
    if (!answer || answer.error) return keep({ error: answer ? answer.error : "The hub did not answer. Reload the page and try again." })
    keep({ error: "", gone: answer.said })
  }

  const id = (name) => `${props.id}-${name}`
  const input = (field) => {
    const { name, kind, options } = field
    const value = state.values[name]
    const described = [field.hint ? `${id(name)}-hint` : "", state.errors[name] ? `${id(name)}-error` : ""].join(" ").trim()
    const common = {
      id: id(name), "data-field": name, disabled: busy, "aria-invalid": Boolean(state.errors[name]),
      "aria-required": field.required, "aria-describedby": described || undefined,
    }
    if (kind === "select") {
      return (
        <select {...common} value={value ?? ""} onChange={(event) => set(name, event.target.value)}>
          {field.required && value ? null : <option value="">{field.required ? "Choose…" : "—"}</option>}
          {options.map(([option, title]) => <option key={option} value={option}>{title}</option>)}
        </select>
      )
    }
    if (kind === "long") return <textarea {...common} value={value ?? ""} onChange={(event) => set(name, event.target.value)} />
    if (kind === "file") {
      return (
        <Fragment>
          <input {...common} type="file" accept={options.map(([ending]) => ending).join(",")} onChange={(event) => set(name, event.target.files[0] || null)} />
          {value ? <span className="quiet">{value.name} will be sent.</span> : null}
        </Fragment>
      )
    }
    return (
      <input {...common} type={types[kind]} inputMode={kind === "number" ? "decimal" : undefined} autoComplete={kind === "password" ? "new-password" : "off"}
        value={value ?? ""} onChange={(event) => set(name, event.target.value)} />
    )
  }

  const needed = <span className="needed" aria-hidden="true"> *</span>
  const many = ({ name, title, options, hint, required }) => {
    const chosen = state.values[name]
    const word = (looked[name] || "").toLowerCase()
    return (
      <fieldset key={name} disabled={busy} aria-describedby={state.errors[name] ? `${id(name)}-error` : undefined}>
        <legend>{title}{required ? needed : null}</legend>
        {hint ? <span className="quiet">{hint}</span> : null}
        {options.length > 12 ? <input type="search" aria-label={`Search ${title}`} placeholder="Search…" value={looked[name] || ""} onChange={(event) => setLooked({ ...looked, [name]: event.target.value })} /> : null}
        <div className="many" data-field={name} tabIndex={-1}>
          {options.filter(([value, shown]) => !word || chosen.includes(value) || shown.toLowerCase().includes(word)).map(([value, shown]) => (
            <label key={value} className="tick">
              <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => set(name, event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))} />
              <span>{shown}</span>
            </label>
          ))}
        </div>
        {state.errors[name] ? <span id={`${id(name)}-error`} className="error" role="alert">{state.errors[name]}</span> : null}
      </fieldset>
    )
  }

  const empty = (columns) => Object.fromEntries(columns.map((column) => [column.name, ""]))
  const cell = (field, line, at, column) => {
    const taken = field.columns.filter((one) => one.follows === column.name).map((one) => [one.name, ""])
    const change = (event) => set(field.name, state.values[field.name].map((one, place) => place === at ? { ...one, ...Object.fromEntries(taken), [column.name]: event.target.value } : one))
    const options = column.follows ? column.choices[column.sets[line[column.follows]]] : column.kind === "select" ? column.options : null
    const common = { "aria-label": `${column.title}, line ${at + 1}`, value: line[column.name] ?? "", onChange: change, disabled: busy || Boolean(column.follows && !line[column.follows]) }
    return options ? (
      <select key={column.name} {...common}>
        <option value="">{column.required ? "Choose…" : "—"}</option>
        {options.map(([option, title]) => <option key={option} value={option}>{title}</option>)}
      </select>
    ) : <input key={column.name} {...common} type="text" placeholder={column.hint || (field.columns.length > 2 ? column.title : undefined)} inputMode={column.kind === "number" ? "decimal" : undefined} autoComplete="off" />
  }
  const rows = (field) => {
    const { name, title, columns, hint } = field
    const lines = state.values[name]
    const wide = columns.length > 2 ? "wide" : ""
    return (
      <fieldset key={name} disabled={busy} aria-describedby={state.errors[name] ? `${id(name)}-error` : undefined}>
        <legend>{title}</legend>
        {hint ? <span className="quiet">{hint}</span> : null}
        {lines.length ? (
          <div className="lines" data-field={name} tabIndex={-1}>
            <div className={`line heads ${wide}`} aria-hidden="true">{columns.map((column) => <span key={column.name}>{column.title}</span>)}<i /></div>
            {lines.map((line, at) => (
              <div className={`line ${wide}`} key={at}>
                {columns.map((column) => cell(field, line, at, column))}
                <button type="button" className="plain remove" aria-label={`Remove line ${at + 1}`} title="Remove this line" onClick={() => set(name, lines.filter((_, place) => place !== at))}>×</button>
              </div>
            ))}
          </div>
        ) : null}
        <button type="button" className="plain" data-field={lines.length ? undefined : name} onClick={() => set(name, [...lines, empty(columns)])}>Add a line</button>
        {state.errors[name] ? <span id={`${id(name)}-error`} className="error" role="alert">{state.errors[name]}</span> : null}
      </fieldset>
    )
  }
  // A field is there while the one it needs is there, and has one of these values.
  const names = new Set()
  const there = props.fields.filter(({ name, needs }) => (!needs || (names.has(needs[0]) && needs[1].includes(state.values[needs[0]]))) && names.add(name))

  return (
    <form ref={form} className="hub-form not-prose" aria-label={props.title} aria-busy={busy} noValidate onSubmit={send}>
      <style>{css}</style>
      <div>
        <h3>{props.title}</h3>
        {props.note ? <p className="quiet">{props.note}</p> : null}
      </div>
      <div className="fields">
      {there.map((field) => field.kind === "many" ? many(field) : field.kind === "rows" ? rows(field) : field.kind === "check" ? (
        <label key={field.name} className="tick">
          <input id={id(field.name)} data-field={field.name} type="checkbox" disabled={busy} checked={state.values[field.name] === true} onChange={(event) => set(field.name, event.target.checked)} />
          <span>{field.title}{field.hint ? <span className="quiet"> {field.hint}</span> : null}{state.errors[field.name] ? <span className="error" role="alert"> {state.errors[field.name]}</span> : null}</span>
        </label>
      ) : (
        <div className={`field ${["number", "select", "date"].includes(field.kind) ? "short" : ""}`} key={field.name}>
          <label htmlFor={id(field.name)}>{field.title}{field.required ? needed : null}</label>
          {field.hint ? <span id={`${id(field.name)}-hint`} className="quiet">{field.hint}</span> : null}
          {input(field)}
          {state.errors[field.name] ? <span id={`${id(field.name)}-error`} className="error" role="alert">{state.errors[field.name]}</span> : null}
        </div>
      ))}
      </div>
      {state.error ? <div role="alert" className="error">{state.error}</div> : null}
      <div className="buttons">
        <button type="submit" disabled={busy || Boolean(state.gone)}>{props.button}</button>
        {props.cancel ? <button type="button" className="plain" disabled={busy || Boolean(state.gone)} onClick={giveUp}>{props.cancel}</button> : null}
        {state.gone ? <span role="status" className="quiet">{state.gone}</span> : state.sent ? <span role="status" className="quiet">See below.</span> : null}
      </div>
    </form>
  )
}

const Same = hub.once("Form", () => memo(Form))
export default <Same props={props} callAction={callAction} />
