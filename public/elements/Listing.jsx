import { memo } from "react"
import { Brain, Database, Mail, Send, User, Users } from "lucide-react"

const css = `
.hub-listing { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 0.9rem 1rem; font-size: 0.875rem; display: grid; gap: 0.6rem; width: 100%; max-width: 46rem; }
.hub-listing h3 { font-size: 1rem; font-weight: 650; display: flex; gap: 0.5rem; align-items: center; overflow-wrap: anywhere; }
.hub-listing svg { width: 1.1rem; height: 1.1rem; flex: none; color: hsl(var(--primary)); }
.hub-listing ul { display: grid; max-height: 24rem; overflow: auto; }
.hub-listing li { display: flex; gap: 0.4rem 0.6rem; align-items: center; flex-wrap: wrap; padding: 0.5rem 0; border-top: 1px solid hsl(var(--border) / 0.6); }
.hub-listing .name { flex: 1 1 12rem; min-width: 0; overflow-wrap: anywhere; }
.hub-listing .quiet { color: hsl(var(--muted-foreground)); font-size: 0.8rem; display: block; }
.hub-listing q { display: block; font-size: 0.8rem; white-space: pre-line; }
.hub-listing .buttons { display: flex; gap: 0.4rem; }
.hub-listing button { border: 1px solid hsl(var(--border)); border-radius: 0.45rem; padding: 0.3rem 0.75rem; cursor: pointer; font-weight: 500; flex: none; }
.hub-listing button:hover { background: hsl(var(--muted)); }
.hub-listing button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
`

const icons = { model: Brain, dataset: Database, person: User, mail: Mail, send: Send, users: Users }

function Listing({ props, sendUserMessage }) {
  const Head = icons[props.icon]
  return (
    <section className="hub-listing not-prose" aria-label={props.title}>
      <style>{css}</style>
      <h3><Head aria-hidden="true" />{props.title}</h3>
      {props.lines.length ? (
        <ul>
          {props.lines.map((line, at) => {
            const Icon = icons[line.of]
            return (
              <li key={at}>
                <Icon aria-hidden="true" />
                <span className="name"><b>{line.name}</b><span className="quiet">{line.about}</span>{line.note ? <q>{line.note}</q> : null}</span>
                <span className="buttons">
                  {line.buttons.map(([title, message]) => (
                    <button type="button" key={title} aria-label={`${title}: ${line.name}`} onClick={() => sendUserMessage(message)}>{title}</button>
                  ))}
                </span>
              </li>
            )
          })}
        </ul>
      ) : <p className="quiet">{props.empty}</p>}
    </section>
  )
}

const Same = hub.once("Listing", () => memo(Listing))
export default <Same props={props} sendUserMessage={sendUserMessage} />
