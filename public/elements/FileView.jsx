import { memo, useState } from "react"
import { FileText, TriangleAlert } from "lucide-react"

const css = `
.hub-file { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; display: grid; gap: 0.9rem; min-width: 0; background: hsl(var(--background)); }
.hub-file header { display: flex; align-items: center; gap: 0.2rem 0.6rem; flex-wrap: wrap; }
.hub-file header svg { width: 1.15rem; height: 1.15rem; flex: none; color: hsl(var(--primary)); }
.hub-file h3 { font-size: 1.05rem; font-weight: 650; overflow-wrap: anywhere; min-width: 0; }
.hub-file h4, .hub-file dt { font-size: 0.78rem; color: hsl(var(--muted-foreground)); overflow-wrap: anywhere; }
.hub-file .quiet { color: hsl(var(--muted-foreground)); }
.hub-file .warn { display: inline-flex; gap: 0.35rem; align-items: center; color: hsl(32 90% 33%); }
.dark .hub-file .warn { color: hsl(38 92% 66%); }
.hub-file .warn svg { width: 0.95rem; height: 0.95rem; flex: none; }
.hub-file dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.7rem 1rem; margin: 0; }
.hub-file dd { font-weight: 500; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; margin: 0; }
.hub-file section { display: grid; gap: 0.35rem; min-width: 0; }
.hub-file .scroll { overflow: auto; max-height: 19rem; border: 1px solid hsl(var(--border)); border-radius: 0.4rem; }
.hub-file table { border-collapse: collapse; min-width: 100%; }
.hub-file th { text-align: left; font-weight: 600; background: hsl(var(--muted)); position: sticky; top: 0; white-space: nowrap; }
.hub-file th, .hub-file td { padding: 0.3rem 0.7rem; border-bottom: 1px solid hsl(var(--border) / 0.6); vertical-align: top; }
.hub-file td { max-width: 22rem; overflow-wrap: break-word; }
.hub-file td.short { white-space: nowrap; }
.hub-file .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hub-file button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.35rem 0.8rem; cursor: pointer; font-weight: 500; width: fit-content; }
.hub-file button:hover:not(:disabled) { background: hsl(var(--muted)); }
.hub-file button:disabled { opacity: 0.5; }
.hub-file :is(button, .scroll):focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-file .error { color: hsl(0 72% 45%); }
.dark .hub-file .error { color: hsl(0 85% 72%); }
`

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 })
const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 20, useGrouping: false }) // a year, a code: as the file has it

function show(value, format = grouped) {
  if (value === null || value === undefined) return <span className="quiet">—</span>
  if (typeof value === "boolean") return value ? "true" : "false"
  return typeof value === "number" ? format.format(value) : value
}

function Grid({ label, heads, rows, own = () => false }) {
  const number = heads.map((_, at) => rows.some((row) => typeof row[at] === "number") && rows.every((row) => row[at] === null || row[at] === undefined || typeof row[at] === "number"))
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead><tr>{heads.map((head, at) => <th key={at} scope="col" className={number[at] ? "number" : ""}>{head}</th>)}</tr></thead>
        <tbody>{rows.map((row, line) => <tr key={line}>{row.map((value, at) => <td key={at} className={number[at] ? "number" : String(value ?? "").length < 30 ? "short" : ""}>{show(value, own(at) ? plain : grouped)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  )
}

function FileView({ props, callAction }) {
  const [error, setError] = useState("")
  const [busy, setBusy] = useState(false)

  const publish = async () => {
    setBusy(true)
    let answer
    try {
      answer = (await callAction({ name: "take_upload", payload: { ref: props.ref_, wish: "" } }))?.response
    } catch {
      answer = null
    }
    setBusy(false)
    setError(answer ? answer.error || "" : "The hub did not answer. Reload the page and try again.")
  }

  return (
    <article className="hub-file not-prose" aria-label={`File ${props.name}`}>
      <style>{css}</style>
      <header>
        <FileText aria-hidden="true" />
        <h3>{props.name}</h3>
        <span className="quiet">{grouped.format(props.size)} bytes</span>
      </header>
      {props.warning ? <span className="warn"><TriangleAlert aria-hidden="true" />{props.warning}</span> : null}
      <dl>{props.facts.map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{show(value)}</dd></div>)}</dl>
      {props.tensors.length ? (
        <section aria-label="Tensors">
          <h4>Tensors{props.left_out ? `, the first ${grouped.format(props.tensors.length)}` : ""}</h4>
          <Grid label="Tensors" heads={["Tensor", "Shape", "Type", "Parameters"]} rows={props.tensors} />
        </section>
      ) : null}
      {props.tables.map((table) => (
        <section key={table.name} aria-label={table.name}>
          <h4>{table.name}: {table.rows === null ? "rows not counted" : `${grouped.format(table.rows)} ${table.rows === 1 ? "row" : "rows"}`}{table.rows !== null && table.sampled < table.rows ? `; figures of the first ${grouped.format(table.sampled)}` : ""}</h4>
          <Grid
            label={`Columns of ${table.name}`}
            heads={["Column", "Type", "Empty", "Different", "Lowest", "Highest", "Mean"]}
            rows={table.columns.map((one) => [one.name, one.datatype, one.empty, one.distinct ?? "many", one.lowest, one.highest, one.mean])}
            own={(at) => at === 4 || at === 5}
          />
          {table.left_out ? <p className="quiet">and {grouped.format(table.left_out)} more columns</p> : null}
          {table.preview.length ? <h4>First rows</h4> : null}
          {table.preview.length ? <Grid label={`First rows of ${table.name}`} heads={table.columns.map((one) => one.name)} rows={table.preview} own={() => true} /> : null}
        </section>
      ))}
      {props.ref_ ? <button type="button" disabled={busy} onClick={publish}>Publish it</button> : null}
      {error ? <p role="alert" className="error">{error}</p> : null}
    </article>
  )
}

const Same = hub.once("FileView", () => memo(FileView))
export default <Same props={props} callAction={callAction} />
