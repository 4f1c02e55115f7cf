# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a catalogue made up for testing, of people, datasets and models that exist nowhere.

`python -m evals.catalogue workshop` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Pemberley Institute
Calder Vale University
Brightwater Labs
Tern & Plover
IRIS-9
Fennel Street Studio
Copperline Speech
Ardmore Veterinary College
Undercroft
"""

# name | affiliations
USERS = """
hub_keeper |
ada.m      | Calder Vale University
Benedikt   | Brightwater Labs; Calder Vale University
c_osei     | Copperline Speech
delphine-r | Pemberley Institute
Emre Kaya  | IRIS-9
fitz       | Tern & Plover; Fennel Street Studio
gwen       | Ardmore Veterinary College
hal9       |
iko_tan    | IRIS-9; Pemberley Institute
june       | Fennel Street Studio
Katya.V    | Calder Vale University
lou        | Tern & Plover
mbali_n    | Copperline Speech; Brightwater Labs
norah      | Pemberley Institute
Oskar      |
pim        | Brightwater Labs
zainab_q   | Ardmore Veterinary College
"""

# name | rows | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
letters       | 18400    | text  | classification             | 2017-03-14 | ada.m             | letter_id:int, body:string, sender:string |
PubQuiz-3k    | 3000     | text  | generation                 | 2017-11-02 | fitz              | question:string, answer:string |
saltwords     | 2750000  | text  | generation                 | 2018-06-21 | Benedikt, ada.m   | text:string |
CourtSlips    | 56200    | text  | classification, regression | 2019-01-30 | delphine-r        | slip:string, verdict:string, days:int |
menus.v2      | 7900     | text  | classification, generation | 2020-08-12 | lou               | dish:string, price:float, country:string |
Small Talk    | 410000   | text  | generation                 | 2021-05-05 | mbali_n, c_osei   | turn:string, reply:string |
gitbits       | 88000000 | text  | generation                 | 2023-09-18 | Benedikt          | path:string, content:string, stars:int |
vetnotes      | 12600    | text  | classification             | 2022-10-07 | gwen              | note:string, species:string | private
wxlog         |          | text  | regression                 | 2025-02-11 |                   | station:string, day:date, rain:float |
Pebbles       | 60000    | image | classification             | 2017-08-09 | Katya.V           | image:image, label:int |
Pebbles-HD    | 6000     | image | classification, segmentation | 2018-08-09 | Katya.V, pim    | image:image, label:int, mask:image |
roofline      | 15300    | image | segmentation               | 2019-04-27 | Emre Kaya         | |
cowface       | 4800     | image | detection, classification  | 2020-02-03 | gwen, zainab_q    | image:image, box:list, cow_id:int |
XR-12         | 112000   | image | classification             | 2021-07-19 | zainab_q          | image:image, label:string, age:int | private
Orchard2      | 33000    | image | detection, regression      | 2022-05-16 | iko_tan           | image:image, box:list, weight:float |
inkblots      | 1200000  | image | generation                 | 2023-03-01 | june              | image:image, caption:string |
shopfronts    | 250000   | image | detection                  | 2024-06-10 | Emre Kaya, iko_tan | image:image, box:list, city:string |
thermals      | 9600     | image | regression                 | 2026-01-20 | pim               | image:image, celsius:float |
morse         | 5000     | audio | classification             | 2018-01-17 | hal9              | clip:audio, letter:string |
Lullaby       | 860      | audio | generation, classification | 2019-12-25 | june, fitz        | clip:audio, language:string |
StationVoices | 740000   | audio | generation                 | 2020-11-23 | c_osei            | clip:audio, transcript:string, speaker:string |
purrs         | 1100     | audio | classification             | 2021-09-14 | gwen              | clip:audio, mood:string |
stems-44k     |          | audio | segmentation               | 2022-03-30 | fitz              | mix:audio, drums:audio, bass:audio |
callcentre    | 310000   | audio | classification, generation | 2023-12-01 | c_osei            | clip:audio, transcript:string, outcome:string | private
tramnoise 24  | 20400    | audio | detection, regression      | 2024-02-02 | mbali_n           | clip:audio, decibel:float |
paddock       | 640      | video | detection                  | 2019-10-10 | zainab_q          | clip:video, box:list |
SignHands     | 22000    | video | classification             | 2021-02-22 | norah, iko_tan    | clip:video, sign:string |
kitchen-cuts  | 3400     | video | segmentation, classification | 2022-12-12 | lou             | clip:video, cut:string |
Fairground    | 54000    | video | generation                 | 2025-06-18 | fitz              | clip:video, caption:string |
lab_cam       | 720      | video | detection, segmentation    | 2026-03-05 | Katya.V           | clip:video, mask:video | private
"""

# name | parameters | media | train | tasks | authors, the first owns it | datasets | created | blocks head up down embed | private
TRANSFORMERS = """
Tarragon-1      | 124000000   | text  | pretrain | generation                 | Benedikt              | saltwords                     | 2019-02-14 | 12 64 3072 768 768 |
Tarragon-2      | 1300000000  | text  | pretrain | generation                 | Benedikt, pim         | saltwords, gitbits            | 2021-03-03 | 24 64 8192 2048 2048 |
Tarragon-2 Chat | 1310000000  | text  | finetune | generation                 | Benedikt, mbali_n     | Small Talk                    | 2022-01-18 | 24 64 8192 2048 2048 |
Tarragon-3      | 34000000000 | text  | pretrain | generation, classification | Benedikt, pim, ada.m  | saltwords, gitbits, Small Talk | 2024-05-29 | 48 128 22016 8192 8192 |
Tarragon-3-rl   | 34100000000 | text  | rl       | generation                 | pim                   | Small Talk                    | 2025-01-09 | 48 128 22016 8192 8192 |
magistrate      | 110000000   | text  | finetune | classification, regression | delphine-r            | CourtSlips                    | 2020-06-06 | 12 64 3072 768 768 |
postmark        | 67000000    | text  | finetune | classification             | ada.m, delphine-r     | letters, saltwords            | 2021-10-25 | 6 64 3072 768 768 |
BarkBERT        | 86000000    | text  | finetune | classification             | gwen, zainab_q        | vetnotes                      | 2023-01-15 | 12 64 3072 768 768 | private
CoderMoth       | 7200000000  | text  | finetune | generation                 | Benedikt              | gitbits                       | 2025-08-20 | 32 128 14336 4096 4096 |
oracle          |             | text  | rl       | generation                 |                       |                               | 2026-02-27 | 64 128 |
VitaPatch-B16   | 85800000    | image | pretrain | classification             | Katya.V, iko_tan      | Pebbles, inkblots             | 2021-12-01 | 12 64 3072 768 768 |
inkwell         | 980000000   | image | pretrain | generation                 | june                  | inkblots                      | 2024-03-17 | 28 72 4608 1152 1152 |
EchoScribe      | 241000000   | audio | pretrain | generation                 | c_osei, mbali_n       | StationVoices                 | 2022-08-08 | 12 64 3072 768 768 |
EchoScribe-mini | 38000000    | audio | finetune | generation, classification | c_osei                | StationVoices, callcentre     | 2023-12-30 | 4 64 1536 384 384 |
carousel        | 2600000000  | video | pretrain | generation                 | fitz, june, lou       | Fairground                    | 2025-11-04 | 36 96 7680 1920 1920 |
"""

# name | parameters | media | train | tasks | authors | datasets | created | number of modules: kernel and pooling of each | private
CNNS = """
PebbleNet-8     | 310000      | image | pretrain | classification             | Katya.V               | Pebbles                       | 2017-09-30 | 3: 5max 3max 3avg |
PebbleNet-34    | 21800000    | image | pretrain | classification             | Katya.V, pim          | Pebbles, Pebbles-HD           | 2018-10-11 | 5: 7max 3other 3other 3other 3avg |
GableSeg        | 31000000    | image | pretrain | segmentation               | Emre Kaya             | roofline                      | 2019-06-18 | 4: 3max 3max 3max 3other |
GableSeg v2     | 44500000    | image | finetune | segmentation, detection    | Emre Kaya, iko_tan    | roofline, shopfronts          | 2024-09-09 | 6: 7max 3max 3max 3other 3other 1avg |
moo-detector    | 5200000     | image | finetune | detection                  | gwen, zainab_q        | cowface                       | 2020-04-14 | 4: 5max 3max 3max 3min |
mirror          | 25600000    | image | finetune | classification             | zainab_q              | XR-12                         | 2021-08-31 | 5: 11max 5max 3other 3other 3avg | private
applecount      | 1900000     | image | pretrain | regression, detection      | iko_tan               | Orchard2                      | 2022-07-01 | 3: 5avg 3avg 3avg |
Shopkeep        | 18700000    | image | rl       | detection                  | Emre Kaya             | shopfronts                    | 2025-03-21 | 5: 3max 3max 3max 3max 3other |
warmspot        | 640000      | image | pretrain | regression                 |                       |                               | 2026-04-02 | 2: 9avg 5avg |
dotdash         | 45000       | audio | pretrain | classification             | hal9                  | morse                         | 2018-02-20 | 2: 9max 5max |
TrolleyEar      | 3300000     | audio | finetune | detection, regression      | mbali_n, c_osei       | tramnoise 24, StationVoices   | 2024-04-12 | 4: 9max 5avg 3avg 3avg | private
HandShape3D     | 33000000    | video | pretrain | classification             | norah, iko_tan        | SignHands                     | 2021-06-15 | 4: 7max 3max 3max 3avg |
KnifeWork       | 12400000    | video | finetune | segmentation, classification | lou                 | kitchen-cuts                  | 2023-02-08 | 16: |
"""

# name | parameters | media | train | tasks | authors | datasets | created | criteria; batch size; input size | private
RNNS = """
tickertape      | 2100000     | text  | pretrain | generation                 | ada.m                 | saltwords                     | 2017-05-22 | cross-entropy; 64; 128 |
sommelier       | 870000      | text  | finetune | classification             | lou                   | menus.v2                      | 2020-09-03 | cross-entropy; 32; 100 |
drizzle         | 96000       | text  | pretrain | regression                 | norah                 | wxlog                         | 2025-04-01 | mae; 256; 24 |
drizzle-2       |             | text  | rl       | regression                 | norah, hal9           | wxlog                         | 2026-05-13 | huber; 256; 48 |
Ledger Line     | 13100000    | image | finetune | generation                 | Oskar                 | letters                       | 2023-07-27 | ctc; 48; 256 | private
stationmaster   | 29000000    | audio | pretrain | generation                 | c_osei                | StationVoices                 | 2020-12-24 | ctc; 20; 161 |
hush-lstm       | 4700000     | audio | pretrain | generation, classification | june, fitz, mbali_n   | Lullaby, StationVoices        | 2021-01-31 | nll; 128; 88 |
SignStream      | 8800000     | video | rl       | classification, generation | norah                 | SignHands, kitchen-cuts       | 2022-11-11 | focal; 8; 1024 |
"""

ADMIN = "hub_keeper"
OF_A_MODEL = "A {media} model, made up for testing."
OF_DATA = "Some {media} data, made up for testing."
