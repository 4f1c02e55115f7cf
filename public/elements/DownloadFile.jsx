import { memo, useState } from "react"
import { FileDown } from "lucide-react"
import { Button } from "@/components/ui/button"

function DownloadFile({ props, callAction }) {
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState("")

  const download = async () => {
    setBusy(true)
    let file
    try {
      file = (await callAction({ name: "export_rows", payload: { source: props.source, format: props.format } }))?.response
    } catch {
      file = null
    }
    setBusy(false)
    if (!file || file.error) return setSaid(file ? file.error : "The hub did not answer. Reload the page and try again.")
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([file.text], { type: file.type }))
    link.download = props.name
    document.body.appendChild(link)
    link.click()
    link.remove()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
    setSaid(file.note)
  }

  return (
    <div className="not-prose flex items-center gap-3 flex-wrap">
      <Button variant="outline" disabled={busy} onClick={download}><FileDown aria-hidden="true" />Download {props.name}</Button>
      <span role="status" className="text-sm text-muted-foreground">{said}</span>
    </div>
  )
}

const Same = hub.once("DownloadFile", () => memo(DownloadFile))
export default <Same props={props} callAction={callAction} />
