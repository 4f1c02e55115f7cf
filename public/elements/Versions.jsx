import { memo } from "react"
import { FileDown, TriangleAlert } from "lucide-react"

const css = `
.hub-versions { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 1rem; font-size: 0.875rem; display: grid; gap: 0.7rem; max-width: 48rem; background: hsl(var(--background)); }
.hub-versions h3 { font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
.hub-versions ul { display: grid; gap: 0.7rem; list-style: none; margin: 0; padding: 0; }
.hub-versions li { display: flex; gap: 0.5rem 0.9rem; align-items: flex-start; flex-wrap: wrap; padding-top: 0.7rem; border-top: 1px solid hsl(var(--border) / 0.6); }
.hub-versions .what { flex: 1 1 14rem; min-width: 0; overflow-wrap: anywhere; display: grid; gap: 0.15rem; }
.hub-versions .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; }
.hub-versions code { font-size: 0.72rem; overflow-wrap: anywhere; }
.hub-versions .warn { display: inline-flex; gap: 0.35rem; align-items: center; color: hsl(32 90% 33%); }
.dark .hub-versions .warn { color: hsl(38 92% 66%); }
.hub-versions svg { width: 0.95rem; height: 0.95rem; flex: none; }
.hub-versions .chips { display: flex; gap: 0.4rem; flex-wrap: wrap; }
.hub-versions a { display: inline-flex; align-items: center; gap: 0.4rem; border-radius: 0.45rem; padding: 0.3rem 0.75rem; font-weight: 550; background: hsl(var(--primary)); color: hsl(var(--primary-foreground)); text-decoration: none; }
.hub-versions a:hover { background: hsl(var(--primary) / 0.88); }
.hub-versions button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.3rem 0.75rem; cursor: pointer; font-weight: 500; }
.hub-versions button:hover { background: hsl(var(--muted)); }
.hub-versions :is(a, button):focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
`

const grouped = new Intl.NumberFormat("en-US")

function Versions({ props, sendUserMessage }) {
  const { kind, name, versions, opens } = props
  return (
    <section className="hub-versions not-prose" aria-label={`Versions of ${name}`}>
      <style>{css}</style>
      <h3>{name}</h3>
      <ul>
        {versions.map((one) => (
          <li key={one.version}>
            <div className="what">
              <strong>Version {one.version}: {one.file_name}</strong>
              <span className="quiet">{[`${grouped.format(one.size)} bytes`, one.format, one.created_at].filter(Boolean).join(" · ")}</span>
              {one.warning ? <span className="warn"><TriangleAlert aria-hidden="true" />{one.warning}</span> : null}
              <span className="quiet">SHA-256 <code>{one.sha256}</code></span>
            </div>
            {opens ? (
              <div className="chips">
                <a href={one.link} download={one.file_name} aria-label={`Download version ${one.version}`}><FileDown aria-hidden="true" />Download</a>
                {kind === "dataset" ? <button type="button" aria-label={`Preview version ${one.version}`} onClick={() => sendUserMessage(`/preview ${kind} ${name} ${one.version}`)}>Preview</button> : null}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {opens ? null : <p className="quiet">You may see this {kind}, but not open its files. Ask its owner for access.</p>}
    </section>
  )
}

const Same = hub.once("Versions", () => memo(Versions))
export default <Same props={props} sendUserMessage={sendUserMessage} />
