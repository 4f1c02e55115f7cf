import { memo, useEffect, useRef, useState } from "react"
import { BarChart3, BarChartBig, ChevronDown, ChevronRight, Download, Grid3x3, LineChart, PieChart, ScatterChart } from "lucide-react"

// What was chosen, by id: the chat makes an element anew when its conversation gets an address, or is opened again.
const kept = new Map()

const css = `
.hub-chart { width: 100%; max-width: 46rem; border: 1px solid hsl(var(--border)); border-radius: 0.6rem; overflow: hidden; font-size: 0.875rem; background: hsl(var(--background)); }
.hub-chart .head { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; padding: 0.6rem 0.75rem 0.25rem; }
.hub-chart h3 { margin: 0 auto 0 0; font-size: 0.95rem; font-weight: 600; overflow-wrap: anywhere; }
.hub-chart .kinds { display: inline-flex; gap: 0.1rem; }
.hub-chart .tool { display: inline-flex; align-items: center; gap: 0.3rem; padding: 0.25rem 0.45rem; border-radius: 0.35rem; cursor: pointer; color: hsl(var(--foreground)); }
.hub-chart .tool:hover:not(:disabled) { background: hsl(var(--muted)); }
.hub-chart .tool[aria-pressed="true"] { background: hsl(var(--accent)); color: hsl(var(--accent-foreground)); }
.hub-chart .tool:disabled { opacity: 0.35; cursor: default; }
.hub-chart .tool:focus-visible, .hub-chart .scroll:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: -2px; }
.hub-chart .tool svg { width: 0.95rem; height: 0.95rem; }
.hub-chart dl { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0; padding: 0.25rem 0.75rem; }
.hub-chart dt { font-size: 0.75rem; color: hsl(var(--muted-foreground)); }
.hub-chart dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.hub-chart .plot { padding: 0 0.5rem; min-height: 12rem; }
.hub-chart .plot .nsewdrag, .hub-chart .plot .slice, .hub-chart .plot .point { cursor: pointer; }
.hub-chart .foot { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; padding: 0.35rem 0.75rem; border-top: 1px solid hsl(var(--border)); color: hsl(var(--muted-foreground)); font-size: 0.8rem; }
.hub-chart .foot .hint { margin-right: auto; }
.hub-chart .scroll { overflow: auto; max-height: 22rem; border-top: 1px solid hsl(var(--border)); }
.hub-chart table { width: 100%; border-collapse: collapse; }
.hub-chart th { text-align: left; font-weight: 600; padding: 0.4rem 0.75rem; white-space: nowrap; background: hsl(var(--muted)); position: sticky; top: 0; }
.hub-chart td { padding: 0.35rem 0.75rem; border-top: 1px solid hsl(var(--border) / 0.6); overflow-wrap: anywhere; }
.hub-chart .number { text-align: right; font-variant-numeric: tabular-nums; }
.hub-chart td button { text-align: left; color: hsl(var(--primary)); font-weight: 500; cursor: pointer; }
.hub-chart td button:hover { text-decoration: underline; }
.hub-chart .notes { padding: 0.45rem 0.75rem; border-top: 1px solid hsl(var(--border)); font-size: 0.8rem; color: hsl(var(--muted-foreground)); display: grid; gap: 0.15rem; }
.hub-chart .error { color: hsl(var(--destructive)); }
.hub-chart .busy { opacity: 0.5; }
.hub-chart .gtitle, .hub-chart .xtitle, .hub-chart .ytitle { font-weight: 400; }
`

const kinds = {
  bar: ["Bars", BarChart3], line: ["Line", LineChart], pie: ["Pie", PieChart], scatter: ["Scatter plot", ScatterChart],
  histogram: ["Histogram", BarChartBig], heatmap: ["Heat map", Grid3x3],
}
const flat = ["bar", "line", "pie"]
const exact = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 })
const big = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 })
const isNumber = (value) => typeof value === "number"

function show(value) {
  if (value === null || value === undefined) return "not known"
  if (!isNumber(value)) return value === "" ? "(empty)" : String(value)
  return (Math.abs(value) < 1000 ? exact : big).format(value)
}
const say = (value) => (isNumber(value) && Number.isInteger(value) && value >= 1000 && value <= 2999 ? String(value) : show(value))

// Drawn by the program that comes with the hub, fetched once for all charts of a page.
let plotlyComes
function load(url) {
  plotlyComes ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = url
    script.onload = () => resolve(globalThis.Plotly)
    script.onerror = () => { plotlyComes = undefined; script.remove(); reject() }
    document.head.appendChild(script)
  })
  return plotlyComes
}

function dressed(layout) {
  const style = getComputedStyle(document.documentElement)
  const colour = (name) => `hsl(${style.getPropertyValue(name).trim().split(/\s+/).join(", ")})`
  const lines = { gridcolor: colour("--border"), linecolor: colour("--border"), zerolinecolor: colour("--border") }
  return {
    ...layout,
    autosize: true,
    font: { ...layout.font, color: colour("--foreground"), family: getComputedStyle(document.body).fontFamily },
    hoverlabel: { bgcolor: colour("--popover"), bordercolor: colour("--border"), font: { color: colour("--popover-foreground") } },
    ...(layout.xaxis ? { xaxis: { ...layout.xaxis, ...lines }, yaxis: { ...layout.yaxis, ...lines } } : {}),
  }
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

function Chart({ props, callAction }) {
  const [state, setState] = useState(kept.get(props.id) || { shown: props.shown || props, open: false })
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState(null)
  const place = useRef(null)
  const chart = state.shown
  const pick = useRef(() => {})

  const keep = (next) => { kept.set(props.id, next); setState(next) }

  const call = async (name, payload) => {
    setSaid(null)
    setBusy(true)
    let answer
    try {
      answer = (await callAction({ name, payload }))?.response
    } catch {
      answer = null
    }
    setBusy(false)
    if (!answer || answer.error) {
      setSaid({ error: true, text: answer ? answer.error : "The hub did not answer. Reload the page and try again." })
      return null
    }
    return answer
  }

  const showRows = (row) => { if (chart.points[row]) call("show_rows", { sql: chart.sql, point: chart.points[row] }) }
  pick.current = showRows

  useEffect(() => {
    const box = place.current
    let gone = false
    let plotly
    const draw = () => {
      if (gone || !plotly) return
      const figure = structuredClone(chart.figure)
      plotly.react(box, figure.data, dressed(figure.layout), { responsive: true, displayModeBar: false, displaylogo: false }).then(() => {
        if (gone) return
        box.removeAllListeners?.("plotly_click")
        box.on("plotly_click", (event) => {
          const row = event.points?.[0]?.customdata
          const at = Array.isArray(row) ? row[0] : row
          if (isNumber(at)) pick.current(at)
        })
      })
    }
    load(props.plotly).then((loaded) => { plotly = loaded; draw() }, () => setSaid({ error: true, text: "The chart could not be drawn; its numbers are below. Reload the page to try again." }))
    const watch = new MutationObserver(draw) // dark and light
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] })
    let width = box.clientWidth
    const fit = new ResizeObserver(() => {
      if (box.clientWidth === width) return // taller, by what was drawn
      width = box.clientWidth
      if (plotly && box.data) plotly.Plots.resize(box)
    })
    fit.observe(box)
    return () => { gone = true; watch.disconnect(); fit.disconnect(); if (plotly) plotly.purge(box) }
  }, [chart])

  const change = async (kind) => {
    // what was asked for stays where the kinds are alike, and is chosen anew where they are not
    const { x, y, series } = props.spec
    const alike = flat.includes(kind) && flat.includes(props.spec.kind)
    const spec = kind === props.spec.kind ? props.spec : { kind, ...(alike ? { x, y, ...(kind === "pie" ? {} : { series }) } : {}) }
    const answer = await call("redraw_chart", { element: props.id, source: props.origin, spec })
    if (answer) keep({ ...state, shown: answer })
  }

  const exportAs = async (format) => {
    const file = await call("export_chart", { source: props.origin, spec: chart.spec, format })
    if (!file) return
    save(file)
    setSaid({ text: file.note })
  }

  const others = props.kinds
  const Turned = state.open ? ChevronDown : ChevronRight
  const numbers = `${props.id}-numbers`

  return (
    <div className="hub-chart not-prose" aria-busy={busy}>
      <style>{css}</style>
      <div className="head">
        <h3>{chart.title}</h3>
        {others.length > 1 ? (
          <div className="kinds" role="group" aria-label="Kind of chart">
            {others.map((kind) => {
              const [title, Icon] = kinds[kind]
              return <button key={kind} type="button" className="tool" title={title} aria-label={title} aria-pressed={kind === chart.spec.kind} disabled={busy} onClick={() => change(kind)}><Icon aria-hidden="true" /></button>
            })}
          </div>
        ) : null}
      </div>
      {chart.facts.length ? <dl>{chart.facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd title={String(value)}>{show(value)}</dd></div>)}</dl> : null}
      <div className={busy ? "plot busy" : "plot"}>
        {/* what draws sets a class of its own here, which must stay */}
        <div ref={place} role="img" aria-label={`${chart.title}. The numbers are in the table below.`} />
      </div>
      <div className="foot">
        <button type="button" className="tool" aria-expanded={state.open} aria-controls={numbers} onClick={() => keep({ ...state, open: !state.open })}><Turned aria-hidden="true" />Numbers</button>
        {chart.points.length ? <span className="hint">Click in the chart to see the rows</span> : null}
        <button type="button" className="tool" disabled={busy} onClick={() => exportAs("csv")}><Download aria-hidden="true" />CSV</button>
        <button type="button" className="tool" disabled={busy} onClick={() => exportAs("html")}><Download aria-hidden="true" />HTML</button>
      </div>
      {state.open ? (
        <div id={numbers} className="scroll" tabIndex={0} role="region" aria-label="Numbers of the chart">
          <table>
            <thead><tr>{chart.columns.map((column, index) => <th key={index} scope="col" className={isNumber(chart.rows[0]?.[index]) ? "number" : ""}>{column}</th>)}</tr></thead>
            <tbody>
              {chart.rows.map((row, line) => (
                <tr key={line}>
                  {row.map((value, index) => (
                    <td key={index} className={isNumber(value) ? "number" : ""}>
                      {index === 0 ? <button type="button" title="Show its rows" onClick={() => showRows(line)}>{say(value)}</button> : show(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {chart.notes.length || said ? (
        <div className="notes">
          {chart.notes.map((note, index) => <div key={index}>{note}</div>)}
          {said ? <div role={said.error ? "alert" : "status"} className={said.error ? "error" : ""}>{said.text}</div> : null}
        </div>
      ) : null}
    </div>
  )
}

const Same = hub.once("Chart", () => memo(Chart))
export default <Same props={props} callAction={callAction} />
