# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up group that restores film and sound, whose people, datasets and models exist nowhere.

`python -m evals.catalogue studio` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Gatewing Film Archive
Marlow Street Sound
University of Eastmere
Celluloid Commons
Huxley & Rowe
Pixelwright 9
"""

# name | affiliations
USERS = """
studio_admin |
nora         | Marlow Street Sound
Tom Ashby    | University of Eastmere; Gatewing Film Archive
j.okafor     | University of Eastmere
mei-lin      | Gatewing Film Archive; Pixelwright 9
Viktor       | Marlow Street Sound; Celluloid Commons
samir        | Marlow Street Sound
beatrix_h    | Gatewing Film Archive
george       | Gatewing Film Archive
Ana Lucia    | Pixelwright 9
pavel99      |
hollie       | Marlow Street Sound; University of Eastmere
ruben        | Pixelwright 9; Huxley & Rowe
kit          | Celluloid Commons
freya        | University of Eastmere
"""

# name | size | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
tape-hiss-v1       | 18500   | audio | regression                 | 2019-06-02 | nora                | clip_id:int, snr:float                  |
tape-hiss-v2       | 42000   | audio | regression, classification | 2021-03-14 | nora                | clip_id:int, snr:float, tape:string     |
Shellac 78         | 9600    | audio | generation                 | 2020-11-20 | Viktor, nora        | side:string, speed:float, clip:bytes    |
Foley Box          | 27500   | audio | classification             | 2022-05-09 | hollie              | clip:bytes, label:string                |
Clapper            | 3100    | audio | detection                  | 2018-09-27 | george              | clip:bytes, at_ms:int                   |
wax cylinders      | 740     | audio | generation, regression     | 2017-04-18 | Viktor              | cylinder:int, clip:bytes                |
Dialogue Stems     | 61000   | audio | segmentation               | 2023-02-11 | samir, hollie       | mix:bytes, voice:bytes, music:bytes     |
room_tones_5k      | 5000    | audio | classification             | 2023-08-30 | hollie              | clip:bytes, room:string                 |
Optical Tracks     | 15800   | audio | regression                 | 2024-01-22 | nora                | scan:bytes, gain:float                  | private
Wow & Flutter      | 22000   | audio | regression, detection      | 2022-12-01 | j.okafor            | clip_id:int, drift:float                |
Piano Rolls        | 13400   | audio | generation                 | 2022-04-04 | Viktor              | roll:int, notes:string                  |
Scratchbook        | 88000   | image | segmentation, detection    | 2020-02-17 | mei-lin             | frame:int, mask:bytes                   |
dustmap-2020       | 120000  | image | segmentation               | 2020-07-08 | mei-lin, george     | frame:int, mask:bytes, stock:string     |
Lobby Cards        | 6400    | image | classification             | 2018-03-05 | beatrix_h           | card:string, studio:string, year:int    |
technifade         | 34000   | image | regression                 | 2021-10-12 | Ana Lucia           | faded:bytes, fresh:bytes                |
Glass Plates       | 11200   | image | generation, classification | 2019-01-29 | beatrix_h           | plate:int, year:int                     |
Frames of 1924     | 250000  | image | classification             | 2022-03-16 | mei-lin             | frame:int, film:string                  |
gatehair           | 19500   | image | detection                  | 2023-05-25 | pavel99             | frame:int, box:string                   |
Silver Halide      | 1400000 | image | generation                 | 2024-06-03 | mei-lin, Ana Lucia  | frame:int, film:string, iso:int         |
poster-scans       | 8900    | image | detection, classification  | 2021-04-07 | beatrix_h           | poster:string, year:int                 | private
grain bank         | 76000   | image | regression, generation     | 2023-11-19 | ruben               | stock:string, iso:int, patch:bytes      |
Reel 12            | 2300    | video | segmentation               | 2019-08-14 | george, mei-lin     | shot:int, mask:bytes                    |
newsreels-uk       | 14700   | video | classification             | 2020-05-21 | george              | reel:string, topic:string               |
Shaky Gate         | 5200    | video | regression                 | 2021-07-30 | pavel99             | shot:int, dx:float, dy:float            |
Splice Finder Set  | 8300    | video | detection                  | 2022-09-10 | pavel99, ruben      | shot:int, frame:int                     |
home movies        | 31000   | video | classification, detection  | 2023-03-03 | hollie              | reel:string, place:string               |
Nitrate-500        | 500     | video | detection                  | 2018-12-12 | Tom Ashby           | reel:string, decay:float                |
slowcut            | 47000   | video | generation                 | 2024-02-29 | ruben               | shot:int, fps:float                     |
Rushes             | 125000  | video | generation                 | 2024-09-05 | samir               | take:int, scene:string                  | private
intertitles        | 56000   | text  | classification, generation | 2018-06-19 | Tom Ashby           | card:int, words:string, lang:string     |
Subtitle Mill      | 9800000 | text  | generation                 | 2021-01-08 | j.okafor, Tom Ashby | line:string, start:float, lang:string   |
Cue Sheets         | 4300    | text  | classification             | 2019-10-10 | kit                 | cue:string, label:string                |
scriptpile         | 2600000 | text  | generation                 | 2022-08-24 | Tom Ashby           | scene:string, words:string              |
Censor Notes       | 1900    | text  | classification             | 2020-09-01 | kit                 | note:string, cut:bool                   |
spotting-lists     |         | text  | detection                  | 2023-06-15 | kit                 | film:string, at:float                   |
Reviews 1911       | 73000   | text  | classification, regression | 2024-04-17 | Ana Lucia           | review:string, stars:int                |
production diaries | 12600   | text  | generation                 | 2024-07-28 | Tom Ashby           | day:string, entry:string                | private
"""

# name | parameters | media | training | tasks | authors, the first owns it | datasets | created | blocks, head, up, down, embedding | private
TRANSFORMERS = """
Nightjar-7B    | 7000000000 | text  | pretrain | generation                   | Tom Ashby, j.okafor | Subtitle Mill, scriptpile               | 2023-04-12 | 32 128 16384 4096 4096 |
Nightjar-1B    | 1100000000 | text  | pretrain | generation                   | Tom Ashby, j.okafor | Subtitle Mill                           | 2022-11-03 | 20 64 8192 2048 2048   |
Nightjar Chat  | 7000000000 | text  | rl       | generation, classification   | j.okafor            | Subtitle Mill, intertitles              | 2023-09-18 | 32 128 16384 4096 4096 |
titlecard-base | 110000000  | text  | pretrain | classification               | kit                 | intertitles, Cue Sheets                 | 2021-05-27 | 12 64 3072 768 768     |
titlecard-tiny | 14000000   | text  | finetune | classification               | kit, Tom Ashby      | intertitles                             | 2021-08-04 | 4 32 1024 256 256      |
Prompter       | 340000000  | text  | finetune | generation                   | samir               | scriptpile                              | 2022-02-15 | 24 64 4096 1024 1024   |
Lantern        | 86000000   | image | pretrain | classification, segmentation | mei-lin, beatrix_h  | Frames of 1924, Glass Plates            | 2021-12-09 | 12 64 3072 768 768     |
Lantern XL     | 632000000  | image | pretrain | classification               | mei-lin             | Frames of 1924, Silver Halide           | 2024-07-11 | 32 80 5120 1280 1280   |
regrain        | 305000000  | image | finetune | generation                   | ruben, Ana Lucia    | grain bank, Silver Halide               | 2024-08-20 | 24 64 4096 1024 1024   |
Kestrel Small  | 39000000   | audio | finetune | generation                   | nora                | tape-hiss-v2, Shellac 78                | 2022-06-14 | 8 64 2048 512 512      |
Kestrel Large  | 769000000  | audio | pretrain | generation, regression       | nora, Viktor        | tape-hiss-v2, Shellac 78, Wow & Flutter | 2023-10-02 | 24 64 4096 1024 1024   |
Stemsplit      | 250000000  | audio | pretrain | segmentation                 | samir, hollie       | Dialogue Stems                          | 2023-06-21 | 16 64 3072 768 768     |
Longtake       | 1500000000 | video | pretrain | generation                   | ruben, samir        | slowcut, home movies                    | 2024-05-08 | 40 96 6144 1536 1536   |
reelformer     | 420000000  | video | pretrain | classification, detection    | george, mei-lin     | newsreels-uk, home movies               | 2023-01-30 | 24 64 4096 1024 1024   |
Blue Pencil    | 65000000   | text  | finetune | classification               | kit                 | Censor Notes                            | 2024-05-19 | 6 64 2048 512 512      |
Diarist        | 2800000000 | text  | rl       | generation                   | Tom Ashby           | production diaries, scriptpile          | 2024-09-30 | 32 80 10240 2560 2560  | private
Two Reels      |            | video | pretrain | segmentation                 |                     | Reel 12                                 | 2020-10-26 | 18 64                  |
"""

# the same, with the number of modules and those that are known: kernel size and pooling
CNNS = """
dustbuster      | 25000000 | image | pretrain | segmentation              | mei-lin            | dustmap-2020, Scratchbook | 2020-09-15 | 4: 3max 3max 5avg 3other      |
dustbuster-lite | 3400000  | image | finetune | segmentation              | mei-lin, pavel99   | dustmap-2020              | 2021-02-23 | 2: 3max 3avg                  |
Scratch9        | 9200000  | image | pretrain | detection, segmentation   | mei-lin, george    | Scratchbook               | 2020-04-30 | 3: 3max 5max 7avg             |
Hairline        | 1800000  | image | pretrain | detection                 | pavel99            | gatehair                  | 2023-07-17 | 3: 3min 3max 1avg             |
fadeback        | 46000000 | image | pretrain | regression                | Ana Lucia          | technifade                | 2021-11-25 | 5: 3avg 3avg 5avg 7max 3avg   |
Glassworks      | 58000000 | image | pretrain | generation                | beatrix_h, ruben   | Glass Plates              | 2019-05-13 | 4: 5max 5avg 3avg 3avg        |
lobbyist        | 11000000 | image | finetune | classification            | beatrix_h          | Lobby Cards, poster-scans | 2018-08-22 | 2: 7max 3max                  |
posterboy       | 7700000  | image | finetune | detection                 | beatrix_h          | poster-scans              | 2021-06-10 | 2: 5max 3other                | private
Steady Hand     | 31000000 | video | pretrain | regression                | pavel99, ruben     | Shaky Gate                | 2021-09-06 | 4: 3max 3max 3avg 3min        |
splice-net 3    | 17000000 | video | pretrain | detection                 | pavel99            | Splice Finder Set, Reel 12 | 2022-10-28 | 3: 3max 3max 5max            |
NitrateScan     | 64000000 | video | finetune | detection, classification | Tom Ashby, george  | Nitrate-500, newsreels-uk | 2019-03-20 | 6: 7max 3max 3max 3avg 1avg   |
Clapfinder      | 620000   | audio | pretrain | detection                 | george             | Clapper                   | 2018-11-11 | 2: 9max 5max                  |
foleynet        | 12500000 | audio | pretrain | classification            | hollie             | Foley Box, room_tones_5k  | 2022-07-19 | 3: 5avg 5avg 3avg             |
roomtone-id     | 2100000  | audio | finetune | classification            | hollie, samir      | room_tones_5k             | 2023-09-05 | 2: 9avg 3other                |
Optical-S       | 15000000 | audio | pretrain | regression                | nora, j.okafor     | Optical Tracks, tape-hiss-v1 | 2024-03-12 | 3: 3avg 3avg 3min          | private
"""

# the same, with the loss; batch size; input size
RNNS = """
hissaway      | 5600000  | audio | pretrain | regression             | nora                | tape-hiss-v1, tape-hiss-v2 | 2019-11-08 | mse; 32; 256           |
hissaway 2    | 8800000  | audio | finetune | regression, generation | nora, Viktor        | tape-hiss-v2               | 2021-06-29 | l1; 64; 256            |
Flutterby     | 4100000  | audio | pretrain | regression, detection  | j.okafor            | Wow & Flutter              | 2023-01-16 | huber; 32; 128         |
Edison        | 1200000  | audio | pretrain | generation             | Viktor              | wax cylinders, Shellac 78  | 2018-02-07 | mse; 16; 80            |
cuebert       | 19000000 | text  | pretrain | classification         | kit                 | Cue Sheets, spotting-lists | 2020-03-24 | cross_entropy; 64; 300 |
Spotter       | 6700000  | text  | finetune | detection              | kit, hollie         | spotting-lists             | 2023-08-08 | cross_entropy; 32; 300 |
Caption Clerk | 33000000 | text  | pretrain | generation             | j.okafor, Tom Ashby | Subtitle Mill              | 2019-07-01 | nll; 128; 512          |
wobble        | 2900000  | video | pretrain | regression             | pavel99             | Shaky Gate                 | 2020-06-12 | mse; 8; 1024           |
Gatekeeper    | 980000   | video | finetune | classification         | george              |                            | 2022-01-19 | bce; 16; 512           |
Old Faithful  | 21000000 | video | rl       | generation             | Viktor              | slowcut                    | 2024-10-14 | mse; 8                 |
"""

ADMIN = "studio_admin"
OF_A_MODEL = "Made up for testing: {media} model of a studio that does not exist."
OF_DATA = "Made up for testing: {media} data of a studio that does not exist."
