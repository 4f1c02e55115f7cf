import { memo, useState } from "react"
import { ArrowRight, Brain, Database } from "lucide-react"

const css = `
.hub-lineage { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; width: 100%; }
.hub-lineage .way { display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1.6fr); gap: 1rem; align-items: start; }
.hub-lineage .way > svg { width: 1.1rem; height: 1.1rem; opacity: 0.5; margin-top: 1.6rem; }
.hub-lineage .to { display: grid; gap: 0.9rem; }
.hub-lineage h3, .hub-lineage h4 { font-size: 0.78rem; color: hsl(var(--muted-foreground)); margin-bottom: 0.35rem; }
.hub-lineage h4 { margin: 0.5rem 0 0.25rem; text-transform: uppercase; letter-spacing: 0.03em; }
.hub-lineage ul { display: grid; gap: 0.3rem; max-height: 20rem; overflow: auto; }
.hub-lineage li button { width: 100%; text-align: left; border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.3rem 0.6rem; cursor: pointer; overflow-wrap: anywhere; }
.hub-lineage li button:hover { background: hsl(var(--muted)); }
.hub-lineage button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: -1px; }
.hub-lineage li b { font-weight: 550; color: hsl(var(--primary)); }
.hub-lineage .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; display: block; }
.hub-lineage .self { border: 1px solid hsl(var(--primary)); border-radius: 0.5rem; padding: 0.6rem 0.7rem; overflow-wrap: anywhere; font-weight: 650; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 0.5rem; align-items: center; }
.hub-lineage .self svg { width: 1.1rem; height: 1.1rem; color: hsl(var(--primary)); }
.hub-lineage .self .quiet { grid-column: 2; font-weight: 400; }
.hub-lineage .error { color: hsl(0 72% 45%); margin-top: 0.5rem; }
.dark .hub-lineage .error { color: hsl(0 85% 72%); }
@media (max-width: 44rem) {
  .hub-lineage .way { grid-template-columns: minmax(0, 1fr); }
  .hub-lineage .way > svg { transform: rotate(90deg); justify-self: center; margin: 0; }
}
`

const grouped = new Intl.NumberFormat("en-US")

function Lineage({ props, callAction }) {
  const [error, setError] = useState("")
  const isModel = props.kind === "model"
  const Icon = isModel ? Brain : Database

  const open = async (kind, name) => {
    let answer
    try {
      answer = (await callAction({ name: "show_details", payload: { kind, name } }))?.response
    } catch {
      answer = null
    }
    setError(answer ? answer.error || "" : "The hub did not answer. Reload the page and try again.")
  }

  const line = (kind, one) => {
    const facts = [kind === "dataset" || isModel ? one.about : "", one.size === null ? "" : `${grouped.format(one.size)} ${kind === "model" ? "parameters" : "rows"}`]
    if (isModel && kind === "model" && one.shared > 1) facts.push(`${one.shared} datasets in common`)
    return (
      <li key={one.name}>
        <button type="button" title={`Details of ${one.name}`} onClick={() => open(kind, one.name)}>
          <b>{one.text}</b><span className="quiet">{facts.filter(Boolean).join(" · ") || "size not known"}</span>
        </button>
      </li>
    )
  }
  const self = <div className="self"><Icon aria-hidden="true" /><span>{props.name}</span><span className="quiet">{props.kind} of {props.owner}</span></div>
  const left = (count) => count > 0 ? <span className="quiet">and {grouped.format(count)} more</span> : null

  return (
    <section className="hub-lineage not-prose" aria-label={`Lineage of ${props.name}`}>
      <style>{css}</style>
      <div className="way">
        {isModel ? (
          <div>
            <h3>Trained on</h3>
            {props.datasets.length ? <ul>{props.datasets.map((one) => line("dataset", one))}</ul> : <span className="quiet">not known</span>}
            {left(props.datasets_left)}
          </div>
        ) : self}
        <ArrowRight aria-hidden="true" />
        <div className="to">
          {isModel ? self : null}
          <div>
            <h3>{isModel ? "Other models trained on any of it" : "Models that use it"}</h3>
            {props.models.length ? props.models.map((group) => (
              <div key={group.title}>
                {group.title ? <h4>{group.title}</h4> : null}
                <ul>{group.rows.map((one) => line("model", one))}</ul>
              </div>
            )) : <span className="quiet">none that you can see</span>}
            {left(props.models_left)}
          </div>
        </div>
      </div>
      {error ? <p role="alert" className="error">{error}</p> : null}
    </section>
  )
}

const Same = hub.once("Lineage", () => memo(Lineage))
export default <Same props={props} callAction={callAction} />
