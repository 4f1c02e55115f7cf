import { Fragment, memo, useEffect, useRef, useState } from "react"
import { ArrowDown, ArrowUp, BarChart3, ChevronLeft, ChevronRight, ChevronsUpDown, Download, FileDown, Info, Search } from "lucide-react"

// What was chosen, by id: the chat makes an element anew when its conversation gets an address, or is opened again.
const kept = new Map()

const css = `
.hub-table { width: fit-content; min-width: min(100%, 30rem); max-width: 100%; border: 1px solid hsl(var(--border)); border-radius: 0.6rem; overflow: hidden; font-size: 0.875rem; background: hsl(var(--background)); }
.hub-table .scroll { overflow-x: auto; }
.hub-table .scroll:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: -2px; }
.hub-table table { width: 100%; border-collapse: collapse; }
.hub-table th { text-align: left; font-weight: 600; padding: 0; white-space: nowrap; background: hsl(var(--muted)); border-bottom: 1px solid hsl(var(--border)); }
.hub-table th > button { display: inline-flex; align-items: center; gap: 0.3rem; width: 100%; padding: 0.5rem 0.75rem; font: inherit; color: inherit; cursor: pointer; }
.hub-table th.number > button { justify-content: flex-end; }
.hub-table th > button:focus-visible, .hub-table .link:focus-visible, .hub-table .tool:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: -2px; border-radius: 0.25rem; }
.hub-table th svg { width: 0.85rem; height: 0.85rem; opacity: 0.45; flex: none; }
.hub-table th[aria-sort="ascending"] svg, .hub-table th[aria-sort="descending"] svg { opacity: 1; }
.hub-table td { padding: 0.42rem 0.75rem; border-bottom: 1px solid hsl(var(--border) / 0.6); vertical-align: top; max-width: 24rem; overflow-wrap: break-word; }
.hub-table tbody tr:last-child td { border-bottom: 0; }
.hub-table tbody tr:hover td { background: hsl(var(--muted) / 0.5); }
.hub-table td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hub-table td.short { white-space: nowrap; }
.hub-table td .none { color: hsl(var(--muted-foreground)); }
.hub-table .link { color: hsl(var(--primary)); text-align: left; font-weight: 500; cursor: pointer; }
.hub-table .link:hover { text-decoration: underline; }
.hub-table .named { display: flex; gap: 0.3rem; align-items: flex-start; }
.hub-table .get { display: inline-flex; flex: none; padding: 0.15rem; border-radius: 0.25rem; cursor: pointer; color: hsl(var(--muted-foreground)); }
.hub-table .get:hover { background: hsl(var(--muted)); color: hsl(var(--foreground)); }
.hub-table .get:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: -1px; }
.hub-table .get svg { width: 0.85rem; height: 0.85rem; }
@media (hover: hover) { .hub-table .get { opacity: 0; } .hub-table tr:is(:hover, :focus-within) .get { opacity: 1; } }
.hub-table .foot { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; padding: 0.35rem 0.75rem; border-top: 1px solid hsl(var(--border)); color: hsl(var(--muted-foreground)); font-size: 0.8rem; }
.hub-table .foot .count { margin-right: auto; }
.hub-table .foot nav { display: inline-flex; align-items: center; gap: 0.15rem; }
.hub-table .tool { display: inline-flex; align-items: center; gap: 0.3rem; padding: 0.25rem 0.45rem; border-radius: 0.35rem; cursor: pointer; color: hsl(var(--foreground)); }
.hub-table .tool:hover:not(:disabled) { background: hsl(var(--muted)); }
.hub-table .tool:disabled { opacity: 0.35; cursor: default; }
.hub-table .tool svg { width: 0.95rem; height: 0.95rem; }
.hub-table .notes { padding: 0.45rem 0.75rem; border-top: 1px solid hsl(var(--border)); font-size: 0.8rem; color: hsl(var(--muted-foreground)); display: grid; gap: 0.15rem; }
.hub-table .notes .error { color: hsl(var(--destructive)); }
.hub-table .top { display: flex; align-items: center; gap: 0.5rem; padding: 0.4rem 0.75rem; border-bottom: 1px solid hsl(var(--border)); }
.hub-table .top svg { width: 0.95rem; height: 0.95rem; opacity: 0.6; flex: none; }
.hub-table .top input { width: 100%; background: transparent; outline: none; }
.hub-table .top:focus-within { box-shadow: inset 0 0 0 2px hsl(var(--ring)); }
@media (max-width: 40rem) { .hub-table th > button, .hub-table td { padding-left: 0.55rem; padding-right: 0.55rem; } }
.hub-table .busy { opacity: 0.55; transition: opacity 0.15s 0.15s; }
`

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 })
const big = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 }) // the title and the exports have every digit
const midnight = /(?<=^\d{4}-\d\d-\d\d) 00:00:00$/ // a moment of which only the day is known
const tiny = (value) => value !== 0 && Math.abs(value) < 0.001

function show(value, column) {
  if (value === null || value === undefined) return <span className="none" title="not known">—</span>
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (typeof value === "number") {
    if (column.plain || tiny(value)) return String(value)
    return <span title={String(value)}>{(Math.abs(value) < 1000 ? grouped : big).format(value)}</span>
  }
  return value === "" ? <span className="none">(empty)</span> : String(value).replace(midnight, "")
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b
  return String(a).localeCompare(String(b), "en", { sensitivity: "base", numeric: true })
}

// As the database sorts: nothing known comes last, whichever way.
function sorted(rows, sort) {
  if (!sort) return rows
  const way = sort.descending ? -1 : 1
  const empty = (row) => row[sort.index] === null || row[sort.index] === undefined
  return [...rows].sort((a, b) => {
    if (empty(a) || empty(b)) return Number(empty(a)) - Number(empty(b))
    return way * compare(a[sort.index], b[sort.index])
  })
}

function save(file) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([file.text], { type: file.type }))
  link.download = file.name
  document.body.appendChild(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

function ResultTable({ props, callAction }) {
  const { columns, size, source } = props
  const paged = !props.whole // the rest of the rows is at the server
  const initial = { page: 0, sort: null, search: props.search || "", rows: props.rows, total: props.total, more: props.more }
  const [state, setState] = useState(kept.get(props.id) || initial)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState(null)
  const asked = useRef(0)
  const timer = useRef()

  const keep = (next) => { kept.set(props.id, next); setState(next) }
  useEffect(() => () => clearTimeout(timer.current), [])

  const call = async (name, payload) => {
    setSaid(null)
    let answer
    try {
      answer = (await callAction({ name, payload }))?.response
    } catch {
      answer = null
    }
    if (!answer || answer.error) {
      setSaid({ error: true, text: answer ? answer.error : "The hub did not answer. Reload the page and try again." })
      return null
    }
    return answer
  }

  const change = async (next) => {
    const wanted = { ...state, ...next }
    if (!paged) return keep(wanted)
    const turn = ++asked.current
    setBusy(true)
    const answer = await call("fetch_page", {
      source: { ...source, ...(props.searchable ? { search: wanted.search } : {}) },
      offset: wanted.page * size, limit: size,
      order_by: wanted.sort ? columns[wanted.sort.index].name : null,
      descending: Boolean(wanted.sort && wanted.sort.descending),
    })
    if (turn !== asked.current) return
    setBusy(false)
    if (answer) keep({ ...wanted, rows: answer.rows, total: answer.total, more: false })
  }

  const sortBy = (index) => {
    const now = state.sort && state.sort.index === index ? state.sort : null
    const sort = !now ? { index, descending: columns[index].number } : now.descending === columns[index].number ? { index, descending: !now.descending } : null
    change({ sort, page: 0 })
  }

  const search = (text) => {
    setState({ ...state, search: text })
    clearTimeout(timer.current)
    timer.current = setTimeout(() => change({ search: text, page: 0 }), 250)
  }

  const exportAs = async (format) => {
    setBusy(true)
    const file = await call("export_rows", { source: { ...source, ...(props.searchable ? { search: state.search } : {}) }, format })
    setBusy(false)
    if (!file) return
    save(file)
    setSaid({ text: file.note })
  }

  const chart = async () => {
    setBusy(true)
    await call("draw_chart", { source: { ...source, ...(props.searchable ? { search: state.search } : {}) } })
    setBusy(false)
  }

  const all = paged ? state.rows : sorted(state.rows, state.sort)
  const total = paged ? state.total : state.rows.length
  const from = state.page * size
  const rows = paged ? all.slice(0, size) : all.slice(from, from + size)
  const last = !state.more && from + size >= total
  const several = state.more || total > size
  const count = !rows.length ? "no rows" : !several
    ? `${grouped.format(total)} ${total === 1 ? "row" : "rows"}`
    : `${grouped.format(from + 1)}–${grouped.format(from + rows.length)} of ${state.more ? "more than " : ""}${grouped.format(total)}`
  const notes = props.notes || []
  const single = state.rows.length === 1 ? columns.findIndex((column) => column.link) : -1
  // Names are unique per owner only: where the row says whose it is, that is meant.
  const meant = (row, index) => {
    const { link, owner } = columns[index]
    return { kind: link, name: owner >= 0 && row[owner] ? `${row[owner]}/${row[index]}` : row[index] }
  }
  const open = (row, index) => call("show_details", meant(row, index))
  const get = async (row, index) => {
    const found = await call("get_link", meant(row, index))
    if (!found) return
    const link = document.createElement("a")
    link.href = found.link
    link.download = found.file_name
    document.body.appendChild(link)
    link.click()
    link.remove()
  }

  return (
    <div className="hub-table not-prose" aria-busy={busy}>
      <style>{css}</style>
      {props.searchable ? (
        <div className="top">
          <Search aria-hidden="true" />
          <input type="search" aria-label="Search" placeholder="Search…" value={state.search} onChange={(event) => search(event.target.value)} />
        </div>
      ) : null}
      <div className={busy ? "scroll busy" : "scroll"} tabIndex={0} role="region" aria-label={props.caption || "Result"}>
        <table>
          <thead>
            <tr>
              {columns.map((column, index) => {
                const way = state.sort && state.sort.index === index ? (state.sort.descending ? "descending" : "ascending") : "none"
                const Arrow = way === "none" ? ChevronsUpDown : way === "descending" ? ArrowDown : ArrowUp
                return (
                  <th key={index} scope="col" aria-sort={way} className={column.number ? "number" : ""}>
                    <button type="button" title={column.name} disabled={column.fixed} onClick={() => sortBy(index)}>{column.title}{column.fixed ? null : <Arrow aria-hidden="true" />}</button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, line) => (
              <tr key={`${state.page}-${line}`}>
                {columns.map((column, index) => (
                  <td key={index} className={column.number ? "number" : String(row[index] ?? "").length < 40 ? "short" : ""}>
                    {column.link && typeof row[index] === "string" ? (
                      <span className="named">
                        <button type="button" className="link" title={`Details of ${row[index]}`} onClick={() => open(row, index)}>{row[index]}</button>
                        {column.link === "person" ? null : <button type="button" className="get" aria-label={`Download ${row[index]}`} title={`Download ${row[index]}`} onClick={() => get(row, index)}><FileDown aria-hidden="true" /></button>}
                      </span>
                    ) : show(row[index], column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="foot">
        <span className="count" role="status">{count}</span>
        {single >= 0 ? (
          <button type="button" className="tool" onClick={() => open(state.rows[0], single)}><Info aria-hidden="true" />Details</button>
        ) : null}
        {rows.length ? (
          <Fragment>
            {props.charts ? <button type="button" className="tool" disabled={busy} onClick={chart}><BarChart3 aria-hidden="true" />Chart</button> : null}
            <button type="button" className="tool" disabled={busy} onClick={() => exportAs("csv")}><Download aria-hidden="true" />Export CSV</button>
            <button type="button" className="tool" disabled={busy} onClick={() => exportAs("json")}><Download aria-hidden="true" />Export JSON</button>
          </Fragment>
        ) : null}
        {several ? (
          <nav aria-label="Pages of the table">
            <button type="button" className="tool" aria-label="Previous page" disabled={!state.page} onClick={() => change({ page: state.page - 1 })}><ChevronLeft aria-hidden="true" /></button>
            <button type="button" className="tool" aria-label="Next page" disabled={last} onClick={() => change({ page: state.page + 1 })}><ChevronRight aria-hidden="true" /></button>
          </nav>
        ) : null}
      </div>
      {notes.length || said ? (
        <div className="notes">
          {notes.map((note, index) => <div key={index}>{note}</div>)}
          {said && said.text ? <div role={said.error ? "alert" : "status"} className={said.error ? "error" : ""}>{said.text}</div> : null}
        </div>
      ) : null}
    </div>
  )
}

const Same = hub.once("ResultTable", () => memo(ResultTable))
export default <Same props={props} callAction={callAction} />
