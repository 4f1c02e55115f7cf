import { memo } from "react"
import { Brain, Database, Trash2 } from "lucide-react"

const css = `
.hub-trash { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 0.9rem 1rem; font-size: 0.875rem; display: grid; gap: 0.6rem; width: 100%; max-width: 46rem; }
.hub-trash h3 { font-size: 1rem; font-weight: 650; display: flex; gap: 0.5rem; align-items: center; }
.hub-trash svg { width: 1.1rem; height: 1.1rem; flex: none; color: hsl(var(--primary)); }
.hub-trash ul { display: grid; max-height: 24rem; overflow: auto; }
.hub-trash li { display: flex; gap: 0.6rem; align-items: center; padding: 0.4rem 0; border-top: 1px solid hsl(var(--border) / 0.6); }
.hub-trash .name { flex: 1 1 8rem; min-width: 0; overflow-wrap: anywhere; }
.hub-trash .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; display: block; }
.hub-trash button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.3rem 0.75rem; cursor: pointer; font-weight: 500; flex: none; }
.hub-trash button:hover { background: hsl(var(--muted)); }
.hub-trash button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
`

const day = (moment) => moment.slice(0, 10)

function TrashList({ props, sendUserMessage }) {
  return (
    <section className="hub-trash not-prose" aria-label="Trash">
      <style>{css}</style>
      <h3><Trash2 aria-hidden="true" />Your trash</h3>
      {props.items.length ? (
        <ul>
          {props.items.map((item) => {
            const Icon = item.kind === "model" ? Brain : Database
            return (
              <li key={item.trash_id}>
                <Icon aria-hidden="true" />
                <span className="name"><b>{item.name}</b><span className="quiet">{item.kind}, deleted on {day(item.deleted_at)}, kept until {day(item.until)}</span></span>
                <button type="button" aria-label={`Restore ${item.name}`} onClick={() => sendUserMessage(`/restore #${item.trash_id}`)}>Restore</button>
              </li>
            )
          })}
        </ul>
      ) : <p className="quiet">It is empty.</p>}
    </section>
  )
}

const Same = hub.once("TrashList", () => memo(TrashList))
export default <Same props={props} sendUserMessage={sendUserMessage} />
