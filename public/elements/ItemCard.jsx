import { memo, useState } from "react"
import { Brain, Database, FileDown, Lock, TriangleAlert } from "lucide-react"

const css = `
.hub-card { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; display: grid; gap: 0.9rem; }
.hub-card.bare { border: 0; padding: 0; }
.hub-card header { display: flex; align-items: center; gap: 0.6rem; flex-wrap: wrap; }
.hub-card header svg { width: 1.25rem; height: 1.25rem; flex: none; color: hsl(var(--primary)); }
.hub-card h3 { font-size: 1.1rem; font-weight: 650; overflow-wrap: anywhere; }
.hub-card .quiet { color: hsl(var(--muted-foreground)); }
.hub-card .chip { display: inline-flex; align-items: center; gap: 0.25rem; border: 1px solid hsl(var(--border)); border-radius: 999px; padding: 0.1rem 0.6rem; overflow-wrap: anywhere; }
.hub-card .chip svg { width: 0.8rem; height: 0.8rem; color: inherit; }
.hub-card button.chip { color: hsl(var(--primary)); cursor: pointer; }
.hub-card button.chip:hover { background: hsl(var(--muted)); }
.hub-card dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.7rem 1rem; }
.hub-card dt, .hub-card h4 { font-size: 0.78rem; color: hsl(var(--muted-foreground)); }
.hub-card dd { font-weight: 500; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.hub-card .chips { display: flex; flex-wrap: wrap; gap: 0.35rem; margin-top: 0.25rem; }
.hub-card table { border-collapse: collapse; margin-top: 0.25rem; min-width: 14rem; }
.hub-card th, .hub-card td { text-align: left; padding: 0.25rem 1.25rem 0.25rem 0; border-bottom: 1px solid hsl(var(--border) / 0.6); }
.hub-card th { font-weight: 600; }
.hub-card .parts { max-height: 18rem; overflow: auto; }
.hub-card button.act { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.3rem 0.75rem; cursor: pointer; font-weight: 500; }
.hub-card button.act:hover { background: hsl(var(--muted)); }
.hub-card a.act { display: inline-flex; align-items: center; gap: 0.4rem; border-radius: 0.45rem; padding: 0.3rem 0.75rem; font-weight: 550; background: hsl(var(--primary)); color: hsl(var(--primary-foreground)); text-decoration: none; width: fit-content; }
.hub-card a.act:hover { background: hsl(var(--primary) / 0.88); }
.hub-card a.act svg, .hub-card .warn svg { width: 0.95rem; height: 0.95rem; flex: none; }
.hub-card .file { display: flex; align-items: center; gap: 0.4rem 0.8rem; flex-wrap: wrap; overflow-wrap: anywhere; }
.hub-card .warn { display: inline-flex; gap: 0.35rem; align-items: center; color: hsl(32 90% 33%); }
.dark .hub-card .warn { color: hsl(38 92% 66%); }
.hub-card summary { cursor: pointer; font-size: 0.78rem; color: hsl(var(--muted-foreground)); }
.hub-card :is(button, a, summary):focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-card .error { color: hsl(var(--destructive)); }
`

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 })
const midnight = /(?<=^\d{4}-\d\d-\d\d) 00:00:00$/ // a moment of which only the day is known

function bytes(size) {
  for (const unit of ["bytes", "KB", "MB", "GB"]) {
    if (size < 1000) return `${grouped.format(Number(size.toPrecision(3)))} ${unit}`
    size /= 1000
  }
  return `${grouped.format(Number(size.toPrecision(3)))} TB`
}

function show(value) {
  if (value === null || value === undefined || value === "") return <span className="quiet" title="not known">—</span>
  return typeof value === "number" ? grouped.format(value) : String(value).replace(midnight, "")
}

function ItemCard({ props, callAction, sendUserMessage }) {
  const [error, setError] = useState("")
  const Icon = props.kind === "model" ? Brain : Database

  const open = async (kind, name) => {
    let answer
    try {
      answer = (await callAction({ name: "show_details", payload: { kind, name } }))?.response
    } catch {
      answer = null
    }
    setError(answer ? answer.error || "" : "The hub did not answer. Reload the page and try again.")
  }

  return (
    <article className={`hub-card not-prose ${props.bare ? "bare" : ""}`} aria-label={`${props.kind} ${props.name}`}>
      <style>{css}</style>
      <header>
        <Icon aria-hidden="true" />
        <h3>{props.name}</h3>
        <span className="quiet">{props.kind} of {props.owner}</span>
        {props.private ? <span className="chip"><Lock aria-hidden="true" />private</span> : null}
      </header>
      {props.description ? <p>{props.description}</p> : null}
      <dl>
        {props.facts.map((fact) => (
          <div key={fact.title}><dt>{fact.title}</dt><dd>{show(fact.value)}</dd></div>
        ))}
      </dl>
      {props.lists.map((list) => (
        <section key={list.title} aria-label={list.title}>
          <h4>{list.title}</h4>
          <div className="chips">
            {list.values.map((value) => list.link
              ? <button type="button" key={value.name ?? value} className="chip" title={`Details of ${value.name ?? value}`} onClick={() => open(list.link, value.name ?? value)}>{value.text ?? value}</button>
              : <span key={value} className="chip">{value}</span>)}
            {list.more > 0 ? <span className="quiet">and {list.more} more</span> : null}
          </div>
        </section>
      ))}
      {props.tables.map((table) => (
        <section key={table.title} aria-label={table.title}>
          <h4>{table.title}</h4>
          <div className="parts" tabIndex={0}>
            <table>
              <thead><tr>{table.heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
              <tbody>{table.rows.map((row, line) => <tr key={line}>{row.map((value, at) => <td key={at}>{show(value)}</td>)}</tr>)}</tbody>
            </table>
          </div>
        </section>
      ))}
      {props.tensors?.length ? (
        <details>
          <summary>{grouped.format(props.tensor_count)} {props.tensor_count === 1 ? "tensor" : "tensors"}</summary>
          <div className="parts" tabIndex={0} role="region" aria-label="Tensors">
            <table>
              <thead><tr>{["Tensor", "Shape", "Type", "Parameters"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
              <tbody>{props.tensors.map((row, line) => <tr key={line}>{row.map((value, at) => <td key={at}>{show(value)}</td>)}</tr>)}</tbody>
            </table>
            {props.tensor_count > props.tensors.length ? <p className="quiet">and {grouped.format(props.tensor_count - props.tensors.length)} more</p> : null}
          </div>
        </details>
      ) : null}
      {props.file ? (
        <section className="file" aria-label="File">
          {props.opens ? <a className="act" href={props.file.link} download={props.file.file_name}><FileDown aria-hidden="true" />Download</a> : null}
          <span>{props.file.file_name} <span className="quiet">version {props.file.version}, {bytes(props.file.size)}{props.file.format ? `, ${props.file.format}` : ""}</span></span>
          {props.file.warning ? <span className="warn"><TriangleAlert aria-hidden="true" />{props.file.warning}</span> : null}
        </section>
      ) : null}
      {props.buttons?.length ? (
        <div className="chips">
          {props.buttons.map(([title, message]) => <button type="button" key={title} className="act" onClick={() => sendUserMessage(message)}>{title}</button>)}
        </div>
      ) : null}
      {error ? <p role="alert" className="error">{error}</p> : null}
    </article>
  )
}

const Same = hub.once("ItemCard", () => memo(ItemCard))
export default <Same props={props} callAction={callAction} sendUserMessage={sendUserMessage} />
